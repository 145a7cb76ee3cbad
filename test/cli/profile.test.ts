import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { file, folder, run, sampleAccount } from './program.ts';

const home = folder();
mkdirSync(join(home, '.aws'));
writeFileSync(
  join(home, '.aws', 'config'),
  '[default]\nregion = us-east-1\n[profile audit] # of the team\nregion = us-east-1\n[bare]\nregion = x\n[sso-session corp]\nsso_region = x\n',
);
writeFileSync(join(home, '.aws', 'credentials'), '[keys]\naws_access_key_id = x\n; [gone]\n');

const missing = (name: string, by = '') =>
  `error: profile ${name}${by} is not in ~/.aws/config or ~/.aws/credentials: \`aws configure list-profiles\` lists those that are`;

test.each([
  ['check --profile nope', missing('nope')],
  ['check --profile audits', `${missing('audits')} (did you mean "audit"?)`],
  // A heading of ~/.aws/config that is no profile, one that is commented out, and what is no name of one.
  ['can role/x --profile bare', missing('bare')],
  ['check --profile corp', missing('corp')],
  ['check --profile gone', missing('gone')],
  ['init --profile nope', missing('nope')],
  ['evidence --out never --profile nope', missing('nope')],
  ['explain role/x DetectFaces --profile nope', missing('nope')],
  ['who-could DeleteFaces --on 2026-11-28 --table T --profile nope', missing('nope')],
  ['probe role/x --profile nope', missing('nope')],
])('%s: a profile that does not exist is named', { concurrent: true }, async (args, message) => {
  const ended = await run(args.split(' '), { HOME: home });
  expect(ended).toEqual({ code: 3, stdout: '', stderr: `${message}\n` });
});

test('so is one of AWS_PROFILE, whatever keys are beside it, and the files that were looked into', async () => {
  const keys = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' };
  const plain = await run(['check'], { HOME: home, AWS_PROFILE: 'nope', ...keys });
  expect(plain).toEqual({ code: 3, stdout: '', stderr: `${missing('nope', ' (AWS_PROFILE)')}\n` });
  const config = file('config', '[profile other]\n');
  const { stderr } = await run(['check'], { HOME: home, AWS_PROFILE: 'audit', AWS_CONFIG_FILE: config });
  expect(stderr).toContain(`audit (AWS_PROFILE) is not in ${config} or ~/.aws/credentials`);
});

test.each([['audit'], ['keys'], ['default']])('%s exists: the SDK says what it lacks', async (name) => {
  const { code, stderr } = await run(['check', '--profile', name], { HOME: home });
  expect(stderr).toMatch(/^failed: CredentialsProviderError/m);
  expect(code).toBe(4);
});

test('a file of an account needs none, whatever AWS_PROFILE says', async () => {
  const { code, stderr } = await run(['who-can', 'DeleteFaces', ...sampleAccount], {
    HOME: home,
    AWS_PROFILE: 'nope',
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
