//! Who says yes in which step: one person a seat, nobody twice. By trying everything, so that it shares no idea with
//! the way in which the server decides whether there are enough.

/// One yes: in which step, by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The step, from 0.
    pub step: usize,
    /// The address.
    pub person: String,
}

/// Different people for all that is needed, step after step; none: there is no way.
pub fn seats(steps: &[(Vec<String>, usize)]) -> Option<Vec<Seat>> {
    let needed: Vec<usize> = steps
        .iter()
        .enumerate()
        .flat_map(|(step, (_, needed))| std::iter::repeat_n(step, *needed))
        .collect();
    let mut taken = Vec::new();
    fill(steps, &needed, &mut taken).then_some(taken)
}

fn fill(steps: &[(Vec<String>, usize)], needed: &[usize], taken: &mut Vec<Seat>) -> bool {
    let Some(step) = needed.get(taken.len()).copied() else {
        return true;
    };
    for person in &steps[step].0 {
        if taken.iter().any(|seat| seat.person == *person) {
            continue;
        }
        taken.push(Seat {
            step,
            person: person.clone(),
        });
        if fill(steps, needed, taken) {
            return true;
        }
        taken.pop();
    }
    false
}
