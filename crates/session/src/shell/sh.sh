# Written by Daypass for one session; it goes with it. First come your own settings.
if [ -n "${DAYPASS_SESSION_ENV-}" ] && [ -r "$DAYPASS_SESSION_ENV" ]; then
  . "$DAYPASS_SESSION_ENV"
fi

# How long the session still lasts: read anew for each prompt, since it may have been renewed.
__daypass_left() {
  if [ ! -d "$DAYPASS_SESSION_FOLDER" ]; then
    echo over
    return
  fi
  ends=''
  command read -r ends 2> /dev/null < "$DAYPASS_SESSION_FOLDER/ends"
  if [ -z "$ends" ]; then
    echo 'open end'
    return
  fi
  left=$((ends - $(command date +%s)))
  if [ "$left" -le 0 ]; then
    echo over
  elif [ "$left" -ge 120 ]; then
    echo "$((left / 60))m"
  else
    echo "${left}s"
  fi
}
PS1='[${DAYPASS_SESSION_ACCOUNT%.iam.gserviceaccount.com} $(__daypass_left)] '"${PS1:-\$ }"
