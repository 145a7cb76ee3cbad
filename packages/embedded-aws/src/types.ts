import type { PolicySet, RequestContext } from '@permission-check/iam-policy';

/** Who signed a request to the embedded AWS, and what may be decided about them. */
export interface Caller {
  readonly accountId: string;
  /** As GetCallerIdentity prints it: a user ARN, or an sts assumed-role ARN. */
  readonly arn: string;
  /** The IAM principal behind it: the role of a session. */
  readonly principalArn: string;
  readonly userId: string;
  /** The context keys that IAM knows of the caller: aws:PrincipalArn, aws:username, aws:PrincipalTag/… */
  readonly context: RequestContext;
  /** Reads the caller's policies as they are now; a session's own policies included. `root`: allowed everything. */
  policies(): PolicySet | 'root';
}

/** One request as a service sees it, after the signature's scope has been read. */
export interface LocalRequest {
  readonly requestId: string;
  /** The signing name: `iam`, `sts`, `sns`, `sqs`, `dynamodb`, `events`, `rekognition` … */
  readonly service: string;
  readonly region: string;
  /** `SimulatePrincipalPolicy`; from the Action parameter or the X-Amz-Target header. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly caller: Caller;
  /** The access key that signed. */
  readonly accessKeyId?: string;
  /** When the request arrived, by the world's clock, and from where. */
  readonly time: Date;
  readonly sourceIp: string;
  readonly userAgent: string;
  /**
   * Throws an AccessDenied AwsError, worded as AWS words it, unless the caller's policies allow the action
   * (`sns:Publish`) on the resource.
   */
  authorize(action: string, resource: string, context?: RequestContext): void;
}

/** What says what a REST request is for. */
export interface RequestLine {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LocalResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** One service of the embedded AWS. A failure is thrown as an AwsError and worded in the service's protocol. */
export interface LocalService {
  readonly signingNames: readonly string[];
  /** How errors are written: Query XML, JSON 1.0/1.1, or the XML of S3's REST API. */
  readonly protocol: 'query' | 'json' | 's3';
  handle(request: LocalRequest): Promise<LocalResponse>;
  /** The operation that a request is for, where neither a header nor a parameter names it. */
  operationOf?(request: RequestLine): string;
  /** Headers that an error of the service has besides its protocol's. */
  errorHeaders?(error: AwsError): Readonly<Record<string, string>>;
  /** Releases ports, processes and timers. */
  stop?(): Promise<void>;
}

/** An error as AWS sends it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}
