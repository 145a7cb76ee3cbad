import { expect, test } from 'vitest';
import { run } from './program.ts';

/** Said once, in the help of the program itself. */
const everywhere = ['--help', '--quiet', '--no-color'];

const commands = (await run(['--help'])).stdout
  .split('\nCommands:\n')[1]
  ?.split('\n\n')[0]
  ?.match(/^ {2}[a-z-]+/gm)
  ?.map((name) => name.trim())
  .filter((name) => name !== 'help');

test.each(commands ?? [])(
  'the help of %s has an example for every option, and its exit codes',
  async (name) => {
    const { code, stdout } = await run([name, '--help']);
    expect(code).toBe(0);
    const [, options = '', ...rest] = stdout.split(
      /\n(?=Options:|Where the account|What is about|Examples:)/,
    );
    const examples = rest.join('\n');
    const flags = [...options.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag);
    const missing = flags.filter(
      (flag) => !everywhere.includes(flag) && !new RegExp(`${flag}\\b`).test(examples),
    );
    expect(missing).toEqual([]);
    // A path that a shell writes to cannot be broken.
    const wide = stdout.split('\n').filter((line) => line.length > 80 && !/ > \S+$/.test(line));
    expect(wide).toEqual([]);
    if (!['demo', 'help'].includes(name)) expect(stdout).toMatch(/\nExit codes: /);
  },
);

test('there are commands', () => expect(commands?.length).toBeGreaterThan(20));
