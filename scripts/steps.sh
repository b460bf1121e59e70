# Runs named steps one after the other, keeps their outcome and time, and sums them up.
# Sourced by test.sh. A step is a function; it answers 0 for passed and SKIPPED for "could not be run
# here", having printed why. Under CI a skipped step counts as failed: there, nothing may be missing.
# test.sh sets `only`.
# shellcheck shell=bash disable=SC2154

readonly SKIPPED=77
readonly SKIPPED_EVEN_IN_CI=78

step_names=()
step_outcomes=()
step_seconds=()

in_ci() { [[ "${CI:-}" == true ]]; }

# wanted NAME: whether --only leaves this step in.
wanted() {
  local name
  ((${#only[@]})) || return 0
  for name in "${only[@]}"; do
    [[ "$name" == "$1" ]] && return 0
  done
  return 1
}

# step NAME TITLE COMMAND…: runs the command in a subshell that stops at its first error.
step() {
  local name="$1" title="$2" started=$SECONDS status=0 outcome
  shift 2
  wanted "$name" || return 0
  printf '\n== %s: %s\n' "$name" "$title"
  # No `||` on the subshell: it would switch its `set -e` off.
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  case "$status" in
    0) outcome=passed ;;
    "$SKIPPED_EVEN_IN_CI") outcome=skipped ;;
    "$SKIPPED") if in_ci; then outcome=failed; else outcome=skipped; fi ;;
    *) outcome=failed ;;
  esac
  step_names+=("$name")
  step_outcomes+=("$outcome")
  step_seconds+=("$((SECONDS - started))")
  printf -- '-- %s: %s after %s s' "$name" "$outcome" "$((SECONDS - started))"
  if [[ "$outcome" == failed ]]; then
    printf ' (exit code %s)' "$status"
  fi
  printf '\n'
}

# skip REASON: ends the step as not run.
skip() {
  printf 'skipped: %s\n' "$1"
  if in_ci; then
    printf 'CI is true: what is skipped elsewhere fails here\n'
  fi
  exit "$SKIPPED"
}

# skip_everywhere REASON: ends the step as not run; for what no machine of the checks may reach.
skip_everywhere() {
  printf 'skipped: %s\n' "$1"
  exit "$SKIPPED_EVEN_IN_CI"
}

# summary: one line a step, then the counts alone on the last line. Fails if a step failed or none ran.
summary() {
  local index passed=0 failed=0 skipped=0
  printf '\n== summary (%d min %02d s)\n' "$((SECONDS / 60))" "$((SECONDS % 60))"
  for index in "${!step_names[@]}"; do
    printf '%-12s %-8s %5s s\n' "${step_names[$index]}" "${step_outcomes[$index]}" "${step_seconds[$index]}"
    case "${step_outcomes[$index]}" in
      passed) passed=$((passed + 1)) ;;
      failed) failed=$((failed + 1)) ;;
      skipped) skipped=$((skipped + 1)) ;;
    esac
  done
  printf 'steps: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  if ((passed == 0)); then
    printf 'error: no step passed, so nothing was checked\n' >&2
  fi
  ((failed == 0 && passed > 0))
}
