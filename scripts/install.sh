# What the checks need and a fresh machine with Rust and git lacks. Sourced by test.sh.
# Everything but the Debian packages stays below target/. Big clients of others (gcloud, terraform,
# kubectl) are never installed: their checks use them where they are.
# test.sh sets `assume_yes` and `long`.
# shellcheck shell=bash disable=SC2154

# The one list of Debian packages, each with the check that needs it.
debian_packages=(
  build-essential # the compiler and linker for aws-lc and SQLite
  python3-venv    # Google's Python libraries as a client of the sandbox, in target/venv
  cloudsql-proxy  # Google's connector to Cloud SQL, as a client of the sandbox's databases
  fish            # its sub-shell
  strace          # EIO and ENOSPC injected into the writes of one grant
  tcpdump         # what crosses loopback while a session is attacked
  zsh             # its sub-shell
)

# With --long only: a proxy that the session's is measured beside.
if "$long"; then
  debian_packages+=(golang-go golang-github-elazarl-goproxy-dev)
fi

# Programs that crates.io carries: name and version, installed below target/tools when not on PATH.
readonly CARGO_DENY_VERSION=0.20.2
readonly CARGO_MUTANTS_VERSION=27.1.0

readonly python_requirements=tests/real-clients/requirements.txt
readonly node_packages=tests/real-clients/node

# Asks a person; takes --yes and CI for consent, and no terminal for a refusal.
consent() {
  local answer
  if "$assume_yes" || in_ci; then
    return 0
  fi
  [[ -t 0 ]] || return 1
  read -r -p "$1 [y/N] " answer
  [[ "$answer" == [yY]* ]]
}

install_debian_packages() {
  local package as_root=() missing=()
  if ! command -v dpkg-query >/dev/null; then
    skip "no Debian package manager here; needed: ${debian_packages[*]}"
  fi
  for package in "${debian_packages[@]}"; do
    if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
      missing+=("$package")
    fi
  done
  if ((${#missing[@]} == 0)); then
    printf 'present: %s\n' "${debian_packages[*]}"
    return 0
  fi
  consent "Install with apt-get: ${missing[*]}?" || skip "not installed: ${missing[*]} (--yes installs them)"
  if ((EUID != 0)); then
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Installs the pinned Python packages into target/venv; only again when their list changed.
install_python_packages() {
  local stamp=target/venv/daypass-requirements
  if [[ ! -f "$python_requirements" ]]; then
    printf 'no %s: no Python client is tested\n' "$python_requirements"
    return 0
  fi
  if cmp -s "$python_requirements" "$stamp"; then
    printf 'present: target/venv\n'
    return 0
  fi
  consent "Install $python_requirements from PyPI into target/venv?" ||
    skip "target/venv is not up to date (--yes installs it)"
  python3 -m venv --clear target/venv
  target/venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$python_requirements"
  cp "$python_requirements" "$stamp"
}

# Installs the locked npm packages into target/node; only again when their lock file changed.
install_node_packages() {
  local file stamp=target/node/daypass-lock.json
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    skip "node and npm are not on PATH; the tests of Google's Node library are left out"
  fi
  if cmp -s "$node_packages/package-lock.json" "$stamp"; then
    printf 'present: target/node\n'
    return 0
  fi
  consent "Install $node_packages/package-lock.json from npm into target/node?" ||
    skip "target/node is not up to date (--yes installs it)"
  mkdir -p target/node
  for file in package.json package-lock.json; do
    cp "$node_packages/$file" "target/node/$file"
  done
  # None of the packages needs its install scripts, so none is run.
  npm ci --prefix target/node --ignore-scripts --no-audit --no-fund --loglevel=error
  cp "$node_packages/package-lock.json" "$stamp"
}

# cargo_tool NAME VERSION: makes sure that `cargo NAME` can be run, from PATH or from target/tools.
cargo_tool() {
  local name="cargo-$1" version="$2"
  if command -v "$name" >/dev/null; then
    return 0
  fi
  consent "Build $name $version from crates.io into target/tools?" || return 1
  # Without optimisation it is built in two minutes; it has little to compute.
  CARGO_TARGET_DIR=target/tools/build cargo install --quiet --locked --debug \
    --root target/tools --version "$version" "$name"
}

install_cargo_tools() {
  cargo_tool deny "$CARGO_DENY_VERSION" || skip "cargo-deny could not be had (--yes builds it)"
  if "$long"; then
    cargo_tool mutants "$CARGO_MUTANTS_VERSION" || skip "cargo-mutants could not be had (--yes builds it)"
  fi
  if ! command -v cargo-nextest >/dev/null; then
    printf 'cargo-nextest is not on PATH: the tests run under cargo test\n'
  fi
}
