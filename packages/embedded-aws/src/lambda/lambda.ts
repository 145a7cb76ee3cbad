import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Activity } from '../activity.ts';
import { AwsError } from '../types.ts';
import { LocalFunction } from './function.ts';
import type { FunctionSpec, InvocationRecord, InvocationResult, ProcessSettings } from './types.ts';

/** Variables that belong to Lambda: Lambda Developer Guide, "Defined runtime environment variables". */
const reserved =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** The functions of the account, and what was invoked. */
export class Lambda {
  readonly #functions = new Map<string, LocalFunction>();
  readonly #records: InvocationRecord[] = [];
  readonly #settings: ProcessSettings;
  readonly #activity: Activity;
  readonly #maxProcesses: number;
  #stopped = false;

  constructor(settings: ProcessSettings, activity: Activity, maxProcesses = 4) {
    this.#settings = settings;
    this.#activity = activity;
    this.#maxProcesses = maxProcesses;
  }

  /** @throws AwsError InvalidParameterValueException for a missing bundle or a reserved variable. */
  add(spec: FunctionSpec): void {
    if (!existsSync(spec.taskRoot)) {
      throw new AwsError(
        'InvalidParameterValueException',
        `${spec.name}: there is no ${spec.taskRoot}; build it first`,
      );
    }
    const wrong = Object.keys(spec.environment).find((name) => reserved.test(name));
    if (wrong !== undefined) {
      throw new AwsError(
        'InvalidParameterValueException',
        `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys: ${wrong}`,
      );
    }
    this.#functions.set(spec.name, new LocalFunction(spec, this.#settings, this.#maxProcesses));
  }

  /** By name or ARN. @throws AwsError ResourceNotFoundException. */
  spec(nameOrArn: string): FunctionSpec {
    return this.#get(nameOrArn).spec;
  }

  specs(): FunctionSpec[] {
    return [...this.#functions.values()].map((one) => one.spec);
  }

  /**
   * Invokes a function and waits for its answer. `source`: what invoked it, for the record.
   *
   * @throws AwsError ResourceNotFoundException, InvalidRequestContentException, TooManyRequestsException, and
   * ServiceException once stopped.
   */
  async invoke(
    nameOrArn: string,
    event: string,
    source: string,
    requestId?: string,
  ): Promise<InvocationResult> {
    const target = this.#get(nameOrArn);
    if (this.#stopped) throw new AwsError('ServiceException', 'the embedded AWS has stopped', 500);
    try {
      JSON.parse(event);
    } catch {
      throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
    }
    return await this.#activity.track(async () => {
      const result = await target.invoke(event, requestId);
      this.#records.push({ ...result, functionName: target.spec.name, event, source });
      return result;
    });
  }

  /** Every invocation that has ended, oldest first. */
  records(): readonly InvocationRecord[] {
    return this.#records;
  }

  /** Ends every process, also those that are at work, for good. */
  stop(): void {
    this.#stopped = true;
    this.cool();
  }

  /** Ends the processes of one function, in the midst of what they do; nothing where there is none of the name. */
  crash(name: string): void {
    this.#functions.get(name)?.stop();
  }

  /** Ends every process; the next invocation of each function is a cold start. */
  cool(): void {
    for (const one of this.#functions.values()) one.stop();
  }

  #get(nameOrArn: string): LocalFunction {
    const name = nameOrArn.replace(/^arn:[^:]+:lambda:[^:]+:\d+:function:/, '').replace(/:\$LATEST$/, '');
    const found = this.#functions.get(name);
    if (found === undefined)
      throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    return found;
  }
}

/** The Node.js that the functions are deployed to, where it is installed; else the one that runs this. */
export function lambdaNode(): string {
  try {
    const path = createRequire(import.meta.url).resolve('node/bin/node');
    if (existsSync(path)) return path;
  } catch {
    // The development dependency is not installed.
  }
  return process.execPath;
}
