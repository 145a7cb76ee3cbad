import { execFile, execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, ended, run, sampleExpectations, sampleGuardrails, start } from './program.ts';

type Child = ReturnType<typeof start>;

/** Reads until the guide is there; answers it. */
function guideOf(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes('Ctrl-C ends it.')) resolve(text);
    });
    child.once('close', () => reject(new Error(`local ended: ${text}`)));
  });
}

const environmentIn = (guide: string): Record<string, string> =>
  Object.fromEntries(
    [...guide.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, key = '', value = '']) => [key, value]),
  );

const hasAws = (() => {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('local', () => {
  let child: Child;
  let env: Record<string, string>;
  let guide: string;
  let end: Promise<Ended>;

  beforeAll(async () => {
    child = start(['local', '--calls']);
    end = ended(child);
    guide = await guideOf(child);
    env = environmentIn(guide);
  });
  afterAll(() => void child.kill('SIGKILL'));

  test('says where it answers and what to paste', () => {
    expect(guide).toContain(`answers at ${env.AWS_ENDPOINT_URL}: account 123456789012`);
    expect(Object.keys(env)).toEqual(
      expect.arrayContaining([
        'AWS_ENDPOINT_URL',
        'AWS_REGION',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
      ]),
    );
  });

  test('explain asks IAM, too', async () => {
    const { code, stdout } = await run(
      ['explain', 'role/shop-search', 'SearchFacesByImage', ...sampleExpectations],
      env,
    );
    expect(stdout).toMatch(/DENIED \(implicit, boundary\)/);
    expect(stdout).toMatch(/^ {2}simulated {2}implicitDeny$/m);
    expect(code).toBe(0);
  });

  test('an SCP that only IAM knows of decides', async () => {
    const { stdout } = await run(
      ['explain', 'role/video-lab', 'StartStreamProcessor', ...sampleExpectations],
      env,
    );
    expect(stdout).toMatch(/: DENIED \(\w+, SCP\)/);
  });

  test('explain of a role that does not exist: exit 3, with one that does', async () => {
    const { code, stderr } = await run(['explain', 'role/analist', 'DetectFaces'], env);
    expect(stderr).toMatch(/no role "analist" \(did you mean "role\/analyst"\?\)/);
    expect(code).toBe(3);
  });

  test('check with keys that nobody has: exit 4', async () => {
    const stranger = { ...env, AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA' };
    const { code, stdout, stderr } = await run(['check'], stranger);
    expect(stderr).toMatch(/^failed: not permitted to call iam:GetAccountAuthorizationDetails: .*\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(4);
  });

  // Where the AWS CLI is installed: it is no package that a clone could bring along.
  test.skipIf(!hasAws)(
    'the AWS CLI takes it for AWS (skipped without the AWS CLI)',
    async () => {
      const aws = async (...args: string[]) => {
        const options = { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env } };
        return (await promisify(execFile)('aws', [...args, '--output', 'json'], options)).stdout;
      };
      expect(await aws('sts', 'get-caller-identity')).toContain('"Account": "123456789012"');
      const arn = 'arn:aws:iam::123456789012:role/analyst';
      const simulated = await aws(
        'iam',
        'simulate-principal-policy',
        '--policy-source-arn',
        arn,
        '--action-names',
        'rekognition:DetectFaces',
        '--query',
        'EvaluationResults[].EvalDecision',
      );
      expect(JSON.parse(simulated)).toEqual(['allowed']);
      const topic = /--topic-arn (\S+)/.exec(guide)?.[1] ?? '';
      await aws('sns', 'publish', '--topic-arn', topic, '--subject', 'Hello', '--message', 'from the CLI');
    },
    60_000,
  );

  test('Ctrl-C stops it, exit 0; calls and messages were shown', async () => {
    child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect(code).toBe(0);
    expect(stderr).toBe('stopped; nothing is left of it\n');
    expect(stdout).toMatch(/^\S+Z iam:SimulatePrincipalPolicy 200 arn:aws:iam::123456789012:root$/m);
    expect(stdout).toMatch(/^\S+Z iam:GetAccountAuthorizationDetails refused /m);
    if (hasAws) expect(stdout).toMatch(/── SNS \S+ \S+\nSubject: Hello\n\nfrom the CLI\n──\n/);
  });
});

describe('local: what cannot be used, exit 3', () => {
  test('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { code, stderr } = await run(['local', '--port', String(port)]);
    server.close();
    expect(stderr).toBe(
      `error: port ${port} is taken: choose another --port, or leave it out for a free one\n`,
    );
    expect(code).toBe(3);
  });

  test.each([
    [['--account', 'package.json'], /UserDetailList.* missing/],
    [['--account', 'nothing.json'], /cannot read the account file/],
    [[...sampleGuardrails.map((text) => text.replace('.yaml', '.yml'))], /cannot read the guardrails file/],
    [['--port', 'http'], /a port is a number/],
  ])('%j', async (args, words) => {
    const { code, stderr } = await run(['local', ...args]);
    expect(stderr).toMatch(words);
    expect(code).toBe(3);
  });
});
