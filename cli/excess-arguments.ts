import type { Command } from 'commander';
import { InputError } from '#lib/errors.ts';

/**
 * Refuses words that a command has no place for, by name: mostly a second value of an option, or one that a shell made of
 * a glob without quotes.
 *
 * @throws InputError with the first such word
 */
export function refuseExcess(command: Command): void {
  const { registeredArguments: places, args } = command;
  if (places.some(({ variadic }) => variadic)) return;
  const [excess] = args.slice(places.length);
  if (excess === undefined) return;
  const room = places.length === 0 ? 'no arguments' : places.map((place) => place.name()).join(' and ');
  throw new InputError(
    `'${excess}': ${command.name()} takes ${room} (several values of an option: name the option before each; a glob stands in quotes)`,
  );
}
