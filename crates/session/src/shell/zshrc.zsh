# Written by Daypass for one session; it goes with it. First come your own settings.
if [[ -n $__daypass_users ]]; then
  ZDOTDIR=$__daypass_users
else
  builtin unset ZDOTDIR
fi
if [[ -r ${ZDOTDIR:-$HOME}/.zshrc ]]; then
  builtin source "${ZDOTDIR:-$HOME}/.zshrc"
fi
builtin unset DAYPASS_SESSION_ZDOTDIR __daypass_own __daypass_users

# How long the session still lasts: read anew before each prompt, since it may have been renewed.
builtin zmodload zsh/datetime
__daypass_tell() {
  local ends=''
  if [[ ! -d $DAYPASS_SESSION_FOLDER ]]; then
    __daypass_left='over'
  else
    builtin read -r ends 2> /dev/null < "$DAYPASS_SESSION_FOLDER/ends"
    if [[ -z $ends ]]; then
      __daypass_left='open end'
    elif ((EPOCHSECONDS >= ends)); then
      __daypass_left='over'
    elif ((ends - EPOCHSECONDS >= 120)); then
      __daypass_left="$(((ends - EPOCHSECONDS) / 60))m"
    else
      __daypass_left="$((ends - EPOCHSECONDS))s"
    fi
  fi
}
builtin autoload -Uz add-zsh-hook
add-zsh-hook precmd __daypass_tell
__daypass_account=${DAYPASS_SESSION_ACCOUNT%.iam.gserviceaccount.com}
builtin setopt prompt_subst
PROMPT='%B%F{yellow}[$__daypass_account $__daypass_left]%f%b '$PROMPT
