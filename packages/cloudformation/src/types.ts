import type { Json } from './json.ts';
import type { TemplateObject, TemplateValue } from './yaml.ts';

/** A resource of the stack with every intrinsic function worked out. */
export interface ResolvedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly name: string;
  /** What Ref gives. */
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: TemplateObject;
}

interface Named {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

export interface ResolvedFunction extends Named {
  /** `dist/check-now`, as written; relative to the template. */
  readonly codeUri: string;
  /** `index.handler` */
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly tracing: boolean;
  readonly logFormat: 'JSON' | 'Text';
  /** Log lines below it are dropped by Lambda; JSON only. */
  readonly applicationLogLevel: string;
  readonly logGroup: string;
  readonly reservedConcurrency?: number;
  readonly asynchronous: AsynchronousInvocation;
}

/** What becomes of an asynchronous invocation that fails. */
export interface AsynchronousInvocation {
  /** 0..2 */
  readonly maximumRetryAttempts: number;
  /** Queue or topic ARNs. */
  readonly onFailure?: string;
  readonly onSuccess?: string;
  readonly deadLetter?: string;
}

export interface ResolvedRole extends Named {
  readonly path: string;
  readonly trust: string;
  readonly managedPolicyArns: readonly string[];
  /** Inline policy name → JSON text. */
  readonly policies: Readonly<Record<string, string>>;
  readonly boundaryArn?: string;
}

export interface ResolvedQueue extends Named {
  /** SQS attributes by their API names, values as text: VisibilityTimeout, RedrivePolicy, Policy … */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ResolvedEventSource {
  readonly logicalId: string;
  readonly queueArn: string;
  readonly functionName: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly maximumConcurrency?: number;
  readonly reportsBatchItemFailures: boolean;
}

export interface ResolvedRuleTarget {
  readonly id: string;
  readonly arn: string;
  readonly input?: string;
  readonly inputPath?: string;
  /** With which EventBridge puts events on another bus. */
  readonly roleArn?: string;
  readonly deadLetterArn?: string;
}

export interface ResolvedRule extends Named {
  readonly state: 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
  readonly eventPattern: Json;
  readonly targets: readonly ResolvedRuleTarget[];
}

export interface ResolvedSchedule extends Named {
  /** `rate(1 day)`, `cron(…)`, `at(…)` */
  readonly expression: string;
  readonly enabled: boolean;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly input?: string;
  readonly deadLetterArn?: string;
}

export interface ResolvedTopic extends Named {
  /** SNS attributes by their API names: DisplayName, KmsMasterKeyId, Policy … */
  readonly attributes: Readonly<Record<string, string>>;
  readonly subscriptions: readonly {
    readonly protocol: string;
    readonly endpoint: string;
    /** SNS attributes by their API names: FilterPolicy, FilterPolicyScope, RawMessageDelivery. */
    readonly attributes: Readonly<Record<string, string>>;
  }[];
}

export interface ResolvedTable extends Named {
  /** The CreateTable request, without what only billing and encryption need. */
  readonly createTable: TemplateObject;
  readonly timeToLiveAttribute?: string;
}

export interface ResolvedBucket extends Named {
  /** What objects are encrypted with where a request says nothing. */
  readonly encryption: { readonly algorithm: 'AES256' | 'aws:kms'; readonly keyId?: string };
  /** Absent: versioning was never turned on. */
  readonly versioning?: 'Enabled' | 'Suspended';
  readonly lifecycle: readonly ResolvedLifecycleRule[];
  readonly publicAccessBlock: {
    readonly BlockPublicAcls: boolean;
    readonly BlockPublicPolicy: boolean;
    readonly IgnorePublicAcls: boolean;
    readonly RestrictPublicBuckets: boolean;
  };
  /** Whether the bucket's events go to EventBridge. */
  readonly eventBridge: boolean;
  /** The bucket policy's JSON text. */
  readonly policy?: string;
  /** Days for which each new version is locked; absent: none is. */
  readonly lockDays?: number;
}

export interface ResolvedLifecycleRule {
  readonly id?: string;
  readonly enabled: boolean;
  /** Of the keys that the rule is about; empty: all. */
  readonly prefix: string;
  readonly expirationDays?: number;
  /** Days after which a version that another has replaced is removed. */
  readonly noncurrentDays?: number;
  /** Delete markers behind which there is nothing any more are removed. */
  readonly expiredObjectDeleteMarker: boolean;
}

/** May a service invoke a function: AWS::Lambda::Permission. */
export interface ResolvedPermission {
  readonly functionName: string;
  readonly principal: string;
  readonly sourceArn?: string;
}

/** A template of which nothing is open any more. */
export interface ResolvedTemplate {
  readonly parameters: Readonly<Record<string, TemplateValue>>;
  readonly conditions: Readonly<Record<string, boolean>>;
  /** Every resource whose condition holds, those that SAM generates included, by logical id. */
  readonly resources: ReadonlyMap<string, ResolvedResource>;
  readonly functions: readonly ResolvedFunction[];
  readonly roles: readonly ResolvedRole[];
  readonly queues: readonly ResolvedQueue[];
  readonly eventSources: readonly ResolvedEventSource[];
  readonly rules: readonly ResolvedRule[];
  readonly schedules: readonly ResolvedSchedule[];
  readonly topics: readonly ResolvedTopic[];
  readonly tables: readonly ResolvedTable[];
  readonly buckets: readonly ResolvedBucket[];
  readonly permissions: readonly ResolvedPermission[];
  /** Resources that have no effect here: alarms, log groups, keys, and every type that is not known. */
  readonly inert: readonly { readonly logicalId: string; readonly type: string }[];
  readonly outputs: Readonly<Record<string, TemplateValue>>;
}
