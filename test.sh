#!/usr/bin/env bash
# The one check of Daypass: run it before every push. It installs what it needs, asking first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'TEXT'
Usage: ./test.sh [--long] [--yes] [--only STEP]…

  --long       also the checks that take hours: mutants of the core, more random crashes; and the benchmark of
               sessions, which prints figures and asserts none
  --yes        install what is missing without asking (so does CI=true)
  --only STEP  run this step alone; may be given several times

Steps, in order: packages python node tools peers format clippy arch bans advisories build tests doctests
defects texts tour, and with --long: mutants speed.
On Debian it installs, after asking: Debian packages (scripts/install.sh lists them), pinned PyPI packages
in target/venv, locked npm packages in target/node, and cargo-deny in target/tools. The last line counts the steps;
it exits 1 if one failed.
TEXT
}

readonly known_steps=" packages python node tools peers format clippy arch bans advisories build tests doctests defects texts tour mutants speed "

long=false
assume_yes=false
only=()
while (($#)); do
  case "$1" in
    --long) long=true ;;
    --yes | -y) assume_yes=true ;;
    --only)
      if [[ $# -lt 2 || "$known_steps" != *" $2 "* ]]; then
        printf 'error: --only takes one of:%s\n' "$known_steps" >&2
        exit 2
      fi
      only+=("$2")
      shift
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

source scripts/steps.sh
source scripts/install.sh
source scripts/checks.sh

export PATH="$PWD/target/tools/bin:$PATH"
# The checks share one target folder: the tests look for the built programs there.
export CARGO_TARGET_DIR="$PWD/target"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
if "$long"; then
  export DAYPASS_TEST_LONG=1
fi

step packages "Debian packages that the checks need" install_debian_packages
step python "Python packages of the real clients" install_python_packages
step node "npm packages of the real clients" install_node_packages
step tools "cargo-deny, and cargo-mutants with --long" install_cargo_tools
step peers "programs of others that the tests talk to" check_peers
if [[ -x target/venv/bin/python ]]; then
  export DAYPASS_TEST_PYTHON="$PWD/target/venv/bin/python"
fi
if [[ -d target/node/node_modules ]]; then
  export DAYPASS_TEST_NODE_MODULES="$PWD/target/node/node_modules"
fi

step format "cargo fmt" cargo fmt --all --check
step clippy "every lint is an error" cargo clippy --workspace --all-targets --locked -- -D warnings
step arch "the rules of the house" cargo run --quiet --locked --package xtask -- arch
step bans "licences, bans and sources of all dependencies" check_bans
step advisories "known holes in dependencies" check_advisories
step build "all programs" cargo build --workspace --locked
step tests "unit, integration and whole-system tests" check_tests
step doctests "examples in the documentation" cargo test --workspace --locked --doc
step defects "each of the 22 deliberate defects is noticed" cargo test --locked --package daypass-engine --features mutants,testing --test mutants
step texts "both parsers under texts that nobody would write" check_texts
step tour "the main job, without a person" check_tour
if "$long"; then
  step mutants "mutants of the core" check_mutants
  step speed "what a session costs, beside proxies of others" measure_sessions
fi

summary
