import type { CommandWords } from './words.ts';

/** For bash 4 and newer: `complete -F`. */
export function bashCompletion(program: string, commands: readonly CommandWords[]): string {
  const cases = commands.map(({ name, options, choices }) => {
    const words = [...choices, ...options.map(({ flag }) => flag)].join(' ');
    const values = options.flatMap(({ flag, value }) => {
      if (value === 'none') return [];
      const found =
        value === 'file' ? 'compgen -f' : value === 'text' ? 'true' : `compgen -W '${value.join(' ')}'`;
      return [`        ${flag}) COMPREPLY=($(${found} -- "$word")); return ;;`];
    });
    return `    ${name})
      case "$before" in
${values.join('\n')}
      esac
      words='${words}' ;;`;
  });
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion for ${program}
_rekognition_permission_check() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _rekognition_permission_check ${program}
`;
}
