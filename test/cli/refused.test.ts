import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { file, folder, run, sampleAccount, start } from './program.ts';

const [, account = ''] = sampleAccount;
const template = file(
  'template.yaml',
  'Parameters: { Stage: { Type: String, AllowedValues: [dev, prod] } }\nResources: { A: { Type: AWS::IAM::Role } }\n',
);
const state = file('state.json', '{"format_version":"1.0","values":{"root_module":{}}}');
const out = folder();
const copy = join(folder(), 'copy.json');
copyFileSync(account, copy);

// What is not looked at, or looked at otherwise than was meant, would pass for an answer.
const cases: readonly (readonly [string, RegExp])[] = [
  [`diff missing.json ${account}`, /account file missing\.json: there is no such file/],
  [`check --account-details ${account} --guardrails ${out}`, /guardrails file .*: this is a directory/],
  [`check --account-details ${account} --guardrails ${account}`, /no guardrails file \(keys: scps/],
  [`diff --plan ${state}`, /this is a state, not a plan/],
  [`diff --plan ${template} --guardrails x.yaml`, /--guardrails is for two sides: check --plan takes it/],
  [`diff ${account} ${copy} --plan ${template}`, /two sides, or --plan/],
  [`diff ${account} ${copy} --fail-on high`, /--fail-on is for --plan/],
  [`diff ${account} ${copy} --account-details ${account}`, /--account-details is for expectations files/],
  [
    `check --account-details ${account} --format text html=page.html`,
    /'html=page\.html': check takes no arguments \(several values of an option: name the option before each/,
  ],
  [`can role/a role/b --account-details ${account}`, /'role\/b': can takes principal/],
  [`evidence verfy ${out}`, /'verfy': evidence takes no arguments/],
  [`check --account-details ${account} --only-changes`, /--only-changes is for --plan FILE/],
  [`check --plan ${template} --profile audit`, /--profile is not asked/],
  [`check --plan ${template} --parameter Stage=live`, /Stage: "live" is none of dev, prod/],
  [`check --account-details ${account} --baseline none.json`, /none\.json: there is no such file/],
  [
    `check --account-details ${account} ${copy} --format json=${join(out, '{account}.json')}`,
    /two of the account files are of account 123456789012/,
  ],
  [`can role/* --account-details ${account}`, /"role\/\*": name one user or role, without wildcards/],
  [`explain role/* ListFaces --account-details ${account}`, /name one user or role, without wildcards/],
  [`explain --account-details ${account} --error none.json`, /neither a file that is there nor AWS's/],
  [`what-if user/henry --join nobodys --account-details ${account}`, /has no group "nobodys"/],
  [`propose role/x --events ${account}`, /there is no CloudTrail event in it/],
  [`propose role/x --events ${template}`, /error: .*JSON/],
  [`needs DetectFaces --passed-role`, /no role is passed to DetectFaces/],
  [`mcp --account-details ${account} --before none.json`, /account file none\.json: there is no such file/],
  [`review ${template} --expectations ${account}`, /two files are named/],
  [`evidence verify ${out} --account-details none.json`, /account file none\.json: there is no such file/],
];

test.each(cases)('%s is refused in one line', { concurrent: true }, async (args, message) => {
  const { code, stdout, stderr } = await run(args.split(' '));
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: .*\n$/);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(readdirSync(out)).toEqual([]);
});

test('a group that nobody is in gives what it gives to whoever joins it', async () => {
  const details = JSON.parse(readFileSync(account, 'utf8'));
  const [group] = details.GroupDetailList;
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' }],
  };
  const empty = {
    ...group,
    GroupName: 'empty',
    GroupPolicyList: [{ PolicyName: 'p', PolicyDocument: document }],
    AttachedManagedPolicies: [],
  };
  const path = file(
    'account.json',
    JSON.stringify({ ...details, GroupDetailList: [...details.GroupDetailList, empty] }),
  );
  const { code, stdout } = await run(['what-if', 'user/tomas', '--join', 'empty', '--account-details', path]);
  expect(stdout).toMatch(/user\/tomas\n {2}gained {2}critical: DeleteFaces/);
  expect(code).toBe(1);
});

test('an account of standard input is gone when Ctrl-C ends the command', async () => {
  const home = folder();
  const child = start(['check', '--account-details', '-'], { TMPDIR: home });
  child.stdin.write('{');
  while (!existsSync(join(home, readdirSync(home)[0] ?? 'none', 'account.json'))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([null, 'SIGINT']);
  expect(readdirSync(home)).toEqual([]);
});
