import type { Option } from 'commander';

const known = new WeakMap<Option, readonly string[]>();

/** An option for whose value a shell offers these words, though others are taken or refused in a way of its own. */
export function offering(option: Option, words: readonly string[]): Option {
  known.set(option, words);
  return option;
}

/** The words that a shell offers for the value of an option. */
export const offersFor = (option: Option): readonly string[] | undefined =>
  option.argChoices ?? known.get(option);
