# Written by Daypass for one session; it goes with it. First come your own settings, which may say themselves where the
# others are.
__daypass_own=$ZDOTDIR
if [[ -n ${DAYPASS_SESSION_ZDOTDIR-} ]]; then
  ZDOTDIR=$DAYPASS_SESSION_ZDOTDIR
else
  builtin unset ZDOTDIR
fi
if [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]]; then
  builtin source "${ZDOTDIR:-$HOME}/.zshenv"
fi
__daypass_users=${ZDOTDIR-}
ZDOTDIR=$__daypass_own
