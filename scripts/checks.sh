# The checks themselves, one function each. Sourced by test.sh.
# All cargo commands take the same features, profile and flags, so that what one builds the next reuses.
# shellcheck shell=bash

# Programs of others that the tests talk to as real clients: a missing one skips its tests.
readonly peers=(gcloud strace tcpdump)

# Fewer mutants of the core killed than this, in percent, and the tests do not count.
readonly LEAST_MUTANTS_KILLED=85

check_peers() {
  local peer missing=()
  for peer in "${peers[@]}"; do
    if command -v "$peer" >/dev/null; then
      printf 'present: %s\n' "$peer"
    else
      missing+=("$peer")
    fi
  done
  if ((${#missing[@]})); then
    skip "not on this machine: ${missing[*]}; the tests that need them are left out"
  fi
}

check_bans() {
  command -v cargo-deny >/dev/null || skip "cargo-deny is not on PATH"
  cargo deny --locked --log-level error check --hide-inclusion-graph bans licenses sources
}

check_advisories() {
  command -v cargo-deny >/dev/null || skip "cargo-deny is not on PATH"
  local answer
  # The database is a git repository of its own. Where its host cannot be reached there is no verdict.
  if ! answer="$(cargo deny --locked fetch db 2>&1)"; then
    printf '%s\n' "$answer" | tail -n 1
    skip_everywhere "the RustSec database cannot be reached from here"
  fi
  cargo deny --locked --offline check advisories
}

check_tests() {
  if command -v cargo-nextest >/dev/null; then
    cargo nextest run --workspace --locked --no-fail-fast
  else
    cargo test --workspace --locked --no-fail-fast --lib --bins --tests
  fi
}

# Seconds of mutated texts, a storm of its own each time. With --long ten minutes.
check_texts() {
  cargo run --quiet --locked --package daypass-tests --bin parse_storm -- \
    "$([[ -n "${DAYPASS_TEST_LONG:-}" ]] && echo 600 || echo 10)" "$RANDOM"
}

check_tour() {
  local transcript=target/tour.txt
  timeout 120 target/debug/daypass demo --tour | tee "$transcript"
  # A program that does nothing succeeds, too: the tour prints at least a line for each of its steps.
  if (($(wc -l <"$transcript") < 8)); then
    printf 'the tour printed fewer lines than it has steps\n'
    return 1
  fi
}

# Mutates the core and asks that its tests notice.
check_mutants() {
  command -v cargo-mutants >/dev/null || skip "cargo-mutants is not on PATH"
  local caught missed killed output=target/mutants status=0
  mkdir -p "$output"
  # It answers 2 for survivors and 3 for time-outs; the counts below judge those, not it.
  env -u CARGO_TARGET_DIR cargo mutants --package daypass-core --output "$output" --no-times || status=$?
  case "$status" in
    0 | 2 | 3) ;;
    *) return "$status" ;;
  esac
  caught=$(cat "$output"/mutants.out/{caught,timeout}.txt | wc -l)
  missed=$(wc -l <"$output/mutants.out/missed.txt")
  ((caught + missed > 0)) || {
    printf 'no mutant was tried\n'
    return 1
  }
  killed=$((100 * caught / (caught + missed)))
  printf 'killed %d of %d mutants: %d %%, at least %d %% are asked for\n' \
    "$caught" "$((caught + missed))" "$killed" "$LEAST_MUTANTS_KILLED"
  ((killed >= LEAST_MUTANTS_KILLED))
}

# Prints what a session and its proxy cost: docs/benchmarks.md tells how it is measured.
measure_sessions() {
  cargo build --release --locked --package daypass --package daypass-tests --bins
  target/release/session_start
  target/release/session_proxy
}
