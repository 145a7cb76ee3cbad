import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { file, run } from './program.ts';

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

async function script(shell: string): Promise<string> {
  const { code, stdout } = await run(['completion', shell]);
  expect(code).toBe(0);
  return stdout;
}

/** What bash offers behind these words. */
async function offered(...words: string[]): Promise<string[]> {
  const path = file('completion.bash', await script('bash'));
  const list = ['rekognition-permission-check', ...words].map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `source '${path}'; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _rekognition_permission_check; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

test.runIf(has('bash'))('bash completes commands, options and their values', async () => {
  expect((await offered('wh')).sort()).toEqual(['what-if', 'who-can', 'who-could']);
  expect(await offered('fix', '--acc')).toEqual(['--account-details']);
  expect(await offered('can', 'role/x', '--format', 'j')).toEqual(['json']);
  expect(await offered('completion', 'z')).toEqual(['zsh']);
  expect(await offered('who-can', '--means', 'biometric')).toEqual(['biometric-write', 'biometric-delete']);
  expect(await offered('check', '--format', 'mark')).toEqual(['markdown']);
  expect(await offered('check', '--account-details', 'package-l')).toEqual(['package-lock.json']);
});

test.each(['zsh', 'fish'])('%s has every command and option', async (shell) => {
  const text = await script(shell);
  for (const word of ['what-if', 'accept', 'account-details', 'no-color', 'who-can'])
    expect(text).toContain(word);
  if (has(shell))
    expect(spawnSync(shell, ['-n', file(`completion.${shell}`, text)]).stderr.toString()).toBe('');
});

test.runIf(has('fish'))('fish completes commands, options and their values', async () => {
  const path = file('offered.fish', await script('fish'));
  const offers = (line: string) => {
    const words = `source '${path}'; complete -C 'rekognition-permission-check ${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', words], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').flatMap((one) => one.split('\t')[0] || []);
  };
  expect(offers('wh').sort()).toEqual(['what-if', 'who-can', 'who-could']);
  expect(offers('fix --acc')).toEqual(['--account-details']);
  expect(offers('can role/x --format ')).toEqual(['json', 'text']);
  expect(offers('completion z')).toEqual(['zsh']);
});

test('another shell is refused', async () => {
  expect(await run(['completion', 'cmd'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/bash, zsh, fish/),
  });
});
