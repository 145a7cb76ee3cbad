import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServerlessAws, startServerlessAws } from '#local/platform.ts';
import { deployLocal, type LocalStack } from '#local/stack.ts';

/** Where template.yaml, dist/ and the samples are: the bundle of the command line is dist/cli/main.mjs. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
export const sample = (name: string): string => join(projectRoot, 'local', 'samples', name);

export interface DeployedStack {
  readonly aws: ServerlessAws;
  readonly stack: LocalStack;
  /** Ends the embedded AWS and removes what was copied. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** The account file. */
  readonly account: string;
  /** Deployed beside each function, as the build does with the project's own. */
  readonly expectations: string;
  readonly port?: number;
}

/** Deploys template.yaml with the built functions on an embedded AWS, which does not make anybody wait. */
export async function deployStack({ account, expectations, port }: StackOptions): Promise<DeployedStack> {
  const directory = mkdtempSync(join(tmpdir(), 'rekognition-permission-check-'));
  const aws = await startServerlessAws({
    account,
    pace: 0,
    sourceIp: '192.0.2.10',
    ...(port === undefined ? {} : { port }),
  });
  let deployed: LocalStack | undefined;
  const stop = async () => {
    deployed?.stop();
    await aws.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    for (const name of ['on-iam-change', 'sweep', 'check-principals', 'check-now']) {
      const target = join(directory, 'dist', name);
      cpSync(join(projectRoot, 'dist', name), target, { recursive: true });
      writeFileSync(join(target, 'expectations.yaml'), readFileSync(expectations));
    }
    const template = readFileSync(join(projectRoot, 'template.yaml'), 'utf8');
    const parameters = {
      NotificationEmail: 'security@example.com',
      IamCallsPerSecond: '20',
      IamConcurrency: '4',
    };
    const stack = await deployLocal({ template, aws, directory, parameters });
    deployed = stack;
    return { aws, stack, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
