import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DeployedStack, deployStack, projectRoot, sample } from '#cli/demo/stack.ts';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)].flatMap((block) =>
  (block[2] ?? '').split('\n').flatMap((line) => (line.trim() ? [line.trim()] : [])),
);

/** Each command of the README: what becomes of it here. A command that is not listed fails the test. */
const treatment: Record<string, 'ci' | 'sam' | 'local' | { exit: number; output: RegExp; needs?: 'aws' }> = {
  'npm ci && npm start': 'ci',
  'npm ci && npm test': 'ci',
  'aws iam get-account-authorization-details > account.json': { exit: 0, output: /^$/, needs: 'aws' },
  'node dist/cli/main.mjs check --account-details account.json': {
    exit: 1,
    output: /role\/analyst/,
  },
  'node dist/cli/main.mjs check --profile audit --details': {
    exit: 1,
    output: /evaluated and simulated/,
  },
  'node dist/cli/main.mjs explain role/analyst DeleteCollection --account-details account.json': {
    exit: 0,
    output: /AmazonRekognitionFullAccess/,
  },
  'node dist/cli/main.mjs sets AmazonRekognitionReadOnlyAccess@v4': {
    exit: 0,
    output: /DetectCustomLabels/,
  },
  'node dist/cli/main.mjs who-can DeleteFaces --account-details account.json': {
    exit: 0,
    output: /7 of \d+ principals can DeleteFaces/,
  },
  'node dist/cli/main.mjs can role/analyst --account-details account.json': {
    exit: 0,
    output: /proved in both directions/,
  },
  'node dist/cli/main.mjs diff AmazonRekognitionReadOnlyAccess@v4 @v10': {
    exit: 1,
    output: /SearchUsersByImage/,
  },
  'node dist/cli/main.mjs what-if role/analyst --detach AmazonRekognitionFullAccess --account-details account.json':
    {
      exit: 1,
      output: /role\/analyst\n {2}lost/,
    },
  'node dist/cli/main.mjs fix --account-details account.json': {
    exit: 1,
    output: /mended: \d+ findings/,
  },
  'node dist/cli/main.mjs diff --plan template.yaml --stack-name rekognition --account-details account.json':
    {
      exit: 2,
      output: /With CanaryReadOnlyAccess=yes, 35 actions[\s\S]*\bproved equal: /,
    },
  'node dist/cli/main.mjs evidence --out evidence --account-details account.json': {
    exit: 0,
    output: /sha256 of manifest\.json/,
  },
  'node dist/cli/main.mjs evidence verify evidence': { exit: 0, output: /Every statement follows\./ },
  'npm pack': 'ci',
  'npx ./rekognition-permission-check-0.1.0.tgz check --account-details account.json': 'ci',
  'sam deploy --guided': 'sam',
  'aws cloudtrail describe-trails --query "trailList[?IsMultiRegionTrail || HomeRegion==\'us-east-1\'].Name"':
    {
      exit: 0,
      output: /management-events/,
      needs: 'aws',
    },
  'node dist/cli/main.mjs init --account-details account.json': {
    exit: 2,
    output: /is that so\?/,
  },
  'node dist/cli/main.mjs validate': { exit: 0, output: /expectations\.yaml is valid: \d+ rules/ },
  'sam remote invoke CheckNowFunction --event-file events/check-now.json': 'sam',
  'sam remote invoke CheckNowFunction --event-file events/check-now-notify.json --parameter InvocationType=Event':
    'sam',
  'sam remote invoke SweepFunction --event-file events/sweep.json --parameter InvocationType=Event': 'sam',
  'node dist/cli/main.mjs probe role/analyst': { exit: 0, output: /us-east-1 · 73 live calls/ },
  'npm run local': 'local',
};

const run = (command: string, directory: string, environment: Readonly<Record<string, string>>) =>
  new Promise<{ exit: number | null; output: string }>((resolve) => {
    const child = spawn('sh', ['-c', command], {
      cwd: directory,
      env: { ...process.env, ...environment },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.on('close', (exit) => resolve({ exit, output }));
  });

const hasAws = process.env.PATH?.split(':').some((directory) => existsSync(join(directory, 'aws'))) ?? false;

/** Whoever runs the commands: an administrator, whom the sample's roles trust. */
const auditor = 'arn:aws:iam::123456789012:role/break-glass';

describe('the commands of the README', () => {
  let deployed: DeployedStack;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'readme-'));
    copyFileSync(sample('expectations.yaml'), join(directory, 'expectations.yaml'));
    copyFileSync(join(projectRoot, 'template.yaml'), join(directory, 'template.yaml'));
    symlinkSync(join(projectRoot, 'dist'), join(directory, 'dist'));
    deployed = await deployStack({
      account: sample('account.json'),
      expectations: sample('expectations.yaml'),
    });
  });
  afterAll(async () => {
    await deployed.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('are all known here', () => {
    expect(commands).toEqual(Object.keys(treatment));
  });

  it('ask no registry for this project, and name the tarball that npm pack makes', () => {
    const npx = commands.filter((line) => line.startsWith('npx '));
    expect(npx.filter((line) => !line.startsWith('npx ./'))).toEqual([]);
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')));
    for (const line of npx) expect(line).toContain(`./rekognition-permission-check-${version}.tgz`);
  });

  // The AWS CLI is not a dependency; where it is absent its two commands are not run, and account.json is the sample's.
  for (const [command, expected] of Object.entries(treatment)) {
    if (typeof expected === 'string') continue;
    it.skipIf(expected.needs === 'aws' && !hasAws)(
      command,
      async () => {
        if (!existsSync(join(directory, 'account.json')) && !command.includes('>')) {
          copyFileSync(sample('account.json'), join(directory, 'account.json'));
        }
        // A profile takes the place of keys in the environment, and is a file here.
        const profile = command.includes('--profile') ? { AWS_CONFIG_FILE: join(directory, 'config') } : {};
        if (command.includes('--profile')) await writeProfile(directory, deployed);
        const { exit, output } = await run(command, directory, {
          ...deployed.aws.envFor(auditor),
          ...profile,
        });
        expect(output).toMatch(expected.output);
        expect(exit).toBe(expected.exit);
      },
      60_000,
    );
  }

  it('of SAM name functions, events and parameters that exist', () => {
    const { template } = deployed.stack;
    for (const command of commands.filter((line) => line.startsWith('sam remote invoke'))) {
      const [, , , id = '', , event = ''] = command.split(' ');
      expect(template.functions.map(({ logicalId }) => logicalId)).toContain(id);
      expect(existsSync(join(projectRoot, event))).toBe(true);
    }
    for (const [, name = ''] of readme.matchAll(/`(\w+)=yes`/g)) {
      expect(readFileSync(join(projectRoot, 'template.yaml'), 'utf8')).toContain(
        `\n  ${name}:\n    Type: String`,
      );
    }
  });

  it('link to files that exist', () => {
    for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
      expect(existsSync(join(projectRoot, target)), target).toBe(true);
    }
  });
});

async function writeProfile(directory: string, { aws }: DeployedStack): Promise<void> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = aws.envFor(auditor);
  const lines = [
    '[profile audit]',
    `aws_access_key_id = ${AWS_ACCESS_KEY_ID}`,
    `aws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}`,
    `aws_session_token = ${AWS_SESSION_TOKEN}`,
    'region = us-east-1',
    '',
  ];
  await writeFile(join(directory, 'config'), lines.join('\n'));
}
