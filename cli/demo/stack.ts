import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  deployLocal,
  type Guardrails,
  type LocalStack,
  Rekognition,
  type ServerlessAws,
  type ServerlessOptions,
  startServerlessAws,
} from '@permission-check/embedded-aws';
import { deployableExpectations } from '#lib/expectation/deployable.ts';
import { rekognitionCatalog } from './service-catalog.ts';

/** Where template.yaml, dist/ and the samples are: the bundle of the command line is dist/cli/main.mjs. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
export const sample = (name: string): string => join(projectRoot, 'cli', 'samples', name);

export interface DeployedStack {
  readonly aws: ServerlessAws;
  readonly stack: LocalStack;
  /** Its switches are what stands between a caller and Rekognition and no simulation sees. */
  readonly rekognition: Rekognition;
  /** Deploys another file of expectations beside each function. @throws {InputError} naming every error of it. */
  expectations(file: string): void;
  /** Ends the embedded AWS and removes what was copied. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** The account, or its file. */
  readonly account: ServerlessOptions['account'];
  /** Deployed beside each function, as the build does with the project's own. */
  readonly expectations: string;
  readonly port?: number;
  /** The organization's policies above the account. */
  readonly guardrails?: Guardrails;
  /** Factor on what AWS makes people wait for; `settle` skips such times where nothing else is under way. Default 1. */
  readonly pace?: number;
  /** Changes the text of template.yaml before it is deployed. */
  readonly template?: (text: string) => string;
  /** Whether the stack hears that it is complete, and so looks at everybody at once. Default no. */
  readonly stackEvents?: boolean;
  /** Parameters of the template, over the demonstration's own. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * Deploys template.yaml with the built functions on an embedded AWS, which does not make anybody wait.
 * @throws {InputError} naming every error of the expectations.
 */
export async function deployStack(options: StackOptions): Promise<DeployedStack> {
  const { account, expectations, port, guardrails } = options;
  let rekognition: Rekognition | undefined;
  const aws = await startServerlessAws({
    account,
    catalog: rekognitionCatalog,
    services: [
      (world) => {
        rekognition = new Rekognition(world);
        return rekognition;
      },
    ],
    pace: options.pace ?? 1,
    sourceIp: '192.0.2.10',
    ...(port === undefined ? {} : { port }),
    ...(guardrails === undefined ? {} : { guardrails }),
  });
  const directory = mkdtempSync(join(tmpdir(), 'rekognition-permission-check-'));
  let deployed: LocalStack | undefined;
  const stop = async () => {
    deployed?.stop();
    await aws.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const built = readdirSync(join(projectRoot, 'dist')).filter((one) =>
      existsSync(join(projectRoot, 'dist', one, 'index.mjs')),
    );
    for (const name of built)
      cpSync(join(projectRoot, 'dist', name), join(directory, 'dist', name), { recursive: true });
    const deployExpectations = (file: string) => {
      const { files } = deployableExpectations(readFileSync(file, 'utf8'), file);
      for (const name of built)
        for (const [beside, text] of Object.entries(files))
          writeFileSync(join(directory, 'dist', name, beside), text);
    };
    deployExpectations(expectations);
    const text = readFileSync(join(projectRoot, 'template.yaml'), 'utf8');
    const template = options.template?.(text) ?? text;
    const parameters = {
      NotificationEmail: 'security@example.com',
      IamCallsPerSecond: '20',
      IamConcurrency: '4',
      ProbeCallsPerSecond: '100',
      ProbeRecheckSeconds: '0',
      ...options.parameters,
    };
    const { stackEvents = false } = options;
    const stack = await deployLocal({ template, aws, directory, parameters, stackEvents });
    deployed = stack;
    if (rekognition === undefined) throw new Error('Rekognition has not started');
    return { aws, stack, rekognition, expectations: deployExpectations, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
