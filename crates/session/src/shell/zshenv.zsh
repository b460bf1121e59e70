# Written by Daypass for one session; it goes with it. First come your own settings.
__daypass_own=$ZDOTDIR
ZDOTDIR=${DAYPASS_SESSION_ZDOTDIR:-$HOME}
if [[ -r $ZDOTDIR/.zshenv ]]; then
  source "$ZDOTDIR/.zshenv"
fi
__daypass_users=$ZDOTDIR
ZDOTDIR=$__daypass_own
