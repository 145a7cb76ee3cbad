/** A function as the embedded Lambda runs it. */
export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  /** The directory with the built bundle: LAMBDA_TASK_ROOT. */
  readonly taskRoot: string;
  /** `index.handler` */
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly logFormat: 'JSON' | 'Text';
  readonly applicationLogLevel: string;
  readonly logGroup: string;
  readonly roleArn: string;
  /** Variables of the template. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many may run at once; more are throttled. */
  readonly reservedConcurrency?: number;
}

/** What came of one invocation. */
export interface InvocationResult {
  readonly requestId: string;
  /** JSON text: the handler's answer, or `{ errorType, errorMessage, trace }`. */
  readonly payload: string;
  /** Set when the handler threw, ran out of time, or its process died. */
  readonly functionError?: 'Unhandled';
  /** Lines that the function wrote during this invocation (and while starting, for the first). */
  readonly logs: readonly string[];
  /** Without the time in which a new process loads the function. */
  readonly durationMs: number;
  /** The most memory that the process ever had in use, in MB; absent where the system does not tell. */
  readonly maxMemoryUsedMb?: number;
  /** Set for the first invocation of a process: from its start to its first answer. */
  readonly coldStartMs?: number;
}

/** One invocation that has ended, as the embedded AWS remembers it. */
export interface InvocationRecord extends InvocationResult {
  readonly functionName: string;
  readonly event: string;
  /** What invoked it: `lambda:Invoke`, the event source mapping, the schedule … */
  readonly source: string;
}

/** Environment variables of the function's process that come from outside the template. */
export interface ProcessSettings {
  /** The Node.js binary; functions run under the version that they are deployed to where it is installed. */
  readonly nodePath: string;
  /** The time that functions see: an invocation goes on from where it is when it begins. Default: the system's. */
  readonly clock?: () => Date;
  /** AWS_ENDPOINT_URL, region and the keys of the function's role. */
  awsEnvironment(roleArn: string, functionName: string): Readonly<Record<string, string>>;
}
