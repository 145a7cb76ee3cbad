import type { Caller } from './types.ts';

/**
 * One API call as the service that answered it reports it, the raw material of a CloudTrail management event.
 * A call that changes nothing is reported as well (`readOnly`), and so is one that failed: CloudTrail records both.
 */
export interface LocalApiCall {
  /** When the request arrived, by the world's clock. */
  readonly time: Date;
  readonly requestId: string;
  /** `iam`, `organizations`: the event's source is `aws.iam`, its eventSource `iam.amazonaws.com`. */
  readonly service: string;
  /** `AttachRolePolicy`. */
  readonly operation: string;
  /** Where CloudTrail records it. Global services (IAM, Organizations): `us-east-1`, whatever the signature said. */
  readonly region: string;
  readonly caller: Caller;
  /** The access key that signed. */
  readonly accessKeyId?: string;
  /** The service that made the call for the caller: `sso.amazonaws.com`. */
  readonly invokedBy?: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Get, List, Describe, Simulate …: EventBridge rules in state ENABLED do not see these. */
  readonly readOnly: boolean;
  /**
   * As CloudTrail writes them: names in lower camel case (`roleName`, `policyArn`, `policyDocument` as JSON text,
   * `setAsDefault` as a boolean, `tags` as `[{ key, value }]`). Null where there are none or the call was denied.
   */
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  /**
   * The answer in lower camel case, with policy documents URL-encoded and dates as Date (CreateUser, CreateRole,
   * CreatePolicy, CreatePolicyVersion); null for other writes and for every read.
   */
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  /** Set when the call failed: `AccessDenied`, `NoSuchEntityException`. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/** Called once for each API call, after the answer is decided; must not throw. */
export type ApiCallListener = (call: LocalApiCall) => void;

/** Where API calls can be listened to: the embedded AWS's world. */
export interface ApiCallSource {
  /** Starts listening; the answer stops it. */
  onApiCall(listener: ApiCallListener): () => void;
}
