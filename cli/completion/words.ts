import type { Command } from 'commander';
import { offersFor } from './offers.ts';

/** A command with what can be written after it. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  /** What its first argument can be; empty: anything. */
  readonly choices: readonly string[];
  readonly options: readonly OptionWords[];
}

export interface OptionWords {
  /** `--format` */
  readonly flag: string;
  readonly description: string;
  /** `none`: no value follows. */
  readonly value: 'none' | 'file' | 'text' | readonly string[];
}

/** What there is to complete, as the program itself says it. */
export function wordsOf(program: Command): readonly CommandWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    choices: [
      ...(command.registeredArguments[0]?.argChoices ?? []),
      ...command.commands.map((one) => one.name()),
    ],
    options: command.options.flatMap((option) => {
      const { long, description, required, optional, flags } = option;
      if (!long) return [];
      const takesValue = required || optional;
      const value =
        offersFor(option) ??
        (/<[^>]*\b(file|folder|dir)\b/.test(flags) ? ('file' as const) : ('text' as const));
      return [{ flag: long, description, value: takesValue ? value : ('none' as const) }];
    }),
  }));
}
