# Written by Daypass for one session; it goes with it. First come your own settings.
if [ -r "$HOME/.bashrc" ]; then
  . "$HOME/.bashrc"
fi

# How long the session still lasts, in __daypass_left: read anew before each prompt, since it may have been renewed.
__daypass_tell() {
  local status=$? ends='' now
  if ! { builtin read -r ends < "$DAYPASS_SESSION_FOLDER/ends"; } 2> /dev/null && [ ! -d "$DAYPASS_SESSION_FOLDER" ]; then
    __daypass_left='over'
  elif [ -z "$ends" ]; then
    __daypass_left='open end'
  else
    now=${EPOCHSECONDS:-$(command date +%s)}
    if [ "$now" -ge "$ends" ]; then
      __daypass_left='over'
    elif [ $((ends - now)) -ge 120 ]; then
      __daypass_left="$(((ends - now) / 60))m"
    else
      __daypass_left="$((ends - now))s"
    fi
  fi
  return "$status"
}
__daypass_account=${DAYPASS_SESSION_ACCOUNT%.iam.gserviceaccount.com}
__daypass_left=''
PROMPT_COMMAND="__daypass_tell${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
PS1='\[\e[1;33m\][$__daypass_account $__daypass_left]\[\e[0m\] '"${PS1:-\\\$ }"
