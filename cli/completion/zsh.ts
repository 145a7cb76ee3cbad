import type { CommandWords, OptionWords } from './words.ts';

/** For zsh's `compinit`: `_arguments`. */
export function zshCompletion(program: string, commands: readonly CommandWords[]): string {
  const described = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`);
  const cases = commands.map(
    ({ name, options, choices }) =>
      `    ${name}) _arguments ${[...options.map(argument), argumentsOf(choices)].join(' \\\n      ')} ;;`,
  );
  return `#compdef ${program}
local -a commands
commands=(
${described.join('\n')}
)
if (( CURRENT == 2 )); then
  _describe command commands
else
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
fi
`;
}

/** An option may be given again, as several can. */
function argument({ flag, description, value }: OptionWords): string {
  const said = description.replaceAll(/[[\]:\\]/g, (sign) => `\\${sign}`);
  const of = value === 'none' ? '' : value === 'file' ? ':file:_files' : `:value:${choicesOf(value)}`;
  return quoted(`*${flag}[${said}]${of}`);
}

const choicesOf = (value: 'text' | readonly string[]): string =>
  value === 'text' ? '' : `(${value.join(' ')})`;

const argumentsOf = (choices: readonly string[]): string =>
  quoted(choices.length === 0 ? '*:file:_files' : `*:value:(${choices.join(' ')})`);

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
