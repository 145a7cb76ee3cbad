import type { CommandWords, OptionWords } from './words.ts';

/** For fish's `complete`. */
export function fishCompletion(program: string, commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, description, options, choices }) => {
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...(choices.length === 0 ? [] : [`complete -c ${program} ${within} -f -a '${choices.join(' ')}'`]),
      ...options.map((option) => `complete -c ${program} ${within} ${optionWords(option)}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function optionWords({ flag, description, value }: OptionWords): string {
  const kind = {
    none: '',
    file: ' -r -F',
    text: ' -x',
  };
  const of = typeof value === 'string' ? kind[value] : ` -x -a '${value.join(' ')}'`;
  return `-l ${flag.replace(/^--/, '')}${of} -d ${quoted(description)}`;
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, (sign) => `\\${sign}`)}'`;
