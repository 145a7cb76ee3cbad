import type { BindingFacts, PolicySource } from '@permission-check/iam-policy';
import {
  type AccountFrame,
  callerOf,
  type Guardrails,
  type Holder,
  type IssuedKey,
  issueKey,
  type Session,
} from './account/credentials.ts';
import { uniqueId } from './account/load.ts';
import { type IamState, type ManagedPolicy, type Role, withEntry } from './account/state.ts';
import type { ApiCallListener, ApiCallSource, LocalApiCall } from './api-call.ts';
import { emptyCatalog, KnownActions, type ServiceCatalog } from './catalog.ts';
import { Faults } from './faults.ts';
import type { Caller } from './types.ts';

/** One call that the embedded AWS answered. */
export interface CallRecord {
  readonly time: Date;
  readonly service: string;
  readonly operation: string;
  /** ARN as GetCallerIdentity prints it; `-` where no caller was found. */
  readonly caller: string;
  /** False when the caller's policies, or the lack of valid credentials, refused it. */
  readonly allowed: boolean;
  readonly status: number;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

export interface WorldOptions {
  readonly accountId: string;
  readonly state: IamState;
  readonly region: string;
  /** Default: one that knows nothing. */
  readonly catalog?: ServiceCatalog;
  readonly guardrails?: Guardrails;
  readonly organizationId?: string;
  readonly managementAccount?: boolean;
  readonly sourceIp?: string;
  readonly clock?: () => Date;
}

/** The state that the services of the embedded AWS share: the account, its keys, the time, the faults, what was called. */
export class World implements ApiCallSource {
  readonly accountId: string;
  readonly partition = 'aws';
  readonly region: string;
  readonly clock: () => Date;
  readonly faults = new Faults();
  /** The address that callers appear to come from. */
  readonly sourceIp: string;
  /** Whether calls appear to come by TLS, for which the loopback connection stands. */
  secureTransport = true;
  readonly frame: AccountFrame;
  /** The actions of the services that the embedded AWS is about. */
  readonly knownActions: KnownActions;
  /** What decides which of the organization's policies bind a caller. */
  readonly binding: BindingFacts;
  readonly #keys = new Map<string, IssuedKey>();
  readonly #inactive = new Set<string>();
  readonly #calls: CallRecord[] = [];
  readonly #listeners = new Set<ApiCallListener>();
  #history: { readonly at: number; readonly state: IamState }[];

  constructor(options: WorldOptions) {
    this.accountId = options.accountId;
    this.region = options.region;
    this.knownActions = new KnownActions(options.catalog ?? emptyCatalog);
    const { rcpServices = new Set() } = options.catalog ?? emptyCatalog;
    this.binding = { rcpServices, managementAccount: options.managementAccount ?? false };
    this.clock = options.clock ?? (() => new Date());
    this.sourceIp = options.sourceIp ?? '127.0.0.1';
    this.frame = {
      accountId: options.accountId,
      partition: this.partition,
      ...options.guardrails,
      ...(options.organizationId !== undefined && { organizationId: options.organizationId }),
      managementAccount: options.managementAccount ?? false,
    };
    this.#history = [{ at: Number.NEGATIVE_INFINITY, state: options.state }];
  }

  /** IAM as a write sees it: newest. */
  latest(): IamState {
    const newest = this.#history.at(-1);
    if (!newest) throw new Error('the account has no state');
    return newest.state;
  }

  /** IAM as a read sees it: without the writes of the last `faults.iamDelay` milliseconds. */
  visible(): IamState {
    const horizon = this.clock().getTime() - this.faults.iamDelay;
    return this.#history.findLast((entry) => entry.at <= horizon)?.state ?? this.latest();
  }

  /** Makes a new picture of IAM; reads see it after `faults.iamDelay`. */
  update(change: (state: IamState) => IamState): void {
    const now = this.clock().getTime();
    const visible = this.visible();
    const kept = this.#history.filter((entry) => entry.at > now - this.faults.iamDelay);
    this.#history = [
      { at: Number.NEGATIVE_INFINITY, state: visible },
      ...kept.filter((entry) => entry.state !== visible),
      { at: now, state: change(this.latest()) },
    ];
  }

  /**
   * Adds a role as the stack's deployment does: at once, without an event.
   * `policies`: inline policy name → JSON text. Answers its ARN.
   */
  addRole(role: {
    name: string;
    path?: string;
    policies: Readonly<Record<string, string>>;
    trust?: string;
  }): string {
    const path = role.path ?? '/';
    const arn = `arn:${this.partition}:iam::${this.accountId}:role${path}${role.name}`;
    const added: Role = {
      kind: 'role',
      name: role.name,
      path,
      arn,
      id: uniqueId('AROA'),
      createDate: this.clock(),
      inline: new Map(Object.entries(role.policies)),
      attached: [],
      tags: new Map(),
      trust: role.trust ?? trustOf('lambda.amazonaws.com'),
      maxSessionDuration: 3600,
    };
    this.#settle((state) => ({ ...state, roles: withEntry(state.roles, role.name, added) }));
    return arn;
  }

  /** AWS publishes a new default version of a managed policy of its own: no event tells anybody. Answers its number. */
  publishAwsPolicy(arn: string, text: string): string {
    const policy = this.latest().policies.get(arn);
    if (!policy) throw new Error(`the account holds no policy ${arn}`);
    const versionId = `v${policy.nextVersion}`;
    const now = this.clock();
    const next: ManagedPolicy = {
      ...policy,
      defaultVersionId: versionId,
      nextVersion: policy.nextVersion + 1,
      versions: [{ versionId, text, createDate: now }, ...policy.versions],
      updateDate: now,
    };
    this.#settle((state) => ({ ...state, policies: withEntry(state.policies, arn, next) }));
    return versionId;
  }

  /** Keys for a holder, valid until the world ends or the session expires. */
  issue(holder: Holder): IssuedKey {
    const key = issueKey(holder);
    this.#keys.set(key.accessKeyId, key);
    return key;
  }

  /**
   * Keys for a principal of the account by ARN: long-term ones for a user, a session's for a role.
   *
   * @throws Error when the account has no such principal.
   */
  issueFor(
    principalArn: string,
    session: { name?: string; policies?: readonly PolicySource[]; mfa?: boolean } = {},
  ): IssuedKey {
    const state = this.latest();
    const user = [...state.users.values()].find((candidate) => candidate.arn === principalArn);
    if (user) return this.issue({ kind: 'user', name: user.name });
    const role = [...state.roles.values()].find((candidate) => candidate.arn === principalArn);
    if (!role) throw new Error(`the account has no user or role ${principalArn}`);
    const now = this.clock();
    const details: Session = {
      name: session.name ?? role.name.slice(0, 64),
      issuedAt: now,
      expiresAt: new Date(now.getTime() + issuedForMs),
      ...(session.policies && { policies: session.policies }),
      ...(session.mfa !== undefined && { mfa: session.mfa }),
    };
    return this.issue({ kind: 'role', name: role.name, session: details });
  }

  /** The keys of that id, while they may be used. */
  key(accessKeyId: string): IssuedKey | undefined {
    return this.#inactive.has(accessKeyId) ? undefined : this.#keys.get(accessKeyId);
  }

  /** Lets keys be used, or not. */
  setActive(accessKeyId: string, active: boolean): void {
    if (active) this.#inactive.delete(accessKeyId);
    else this.#inactive.add(accessKeyId);
  }

  /** Who holds the keys, as IAM knows them now. */
  caller(key: IssuedKey): Caller | undefined {
    return callerOf(key, () => this.visible(), this.frame) ?? callerOf(key, () => this.latest(), this.frame);
  }

  logCall(record: CallRecord): void {
    this.#calls.push(record);
  }

  /** Every call answered so far, oldest first. */
  calls(): readonly CallRecord[] {
    return this.#calls;
  }

  onApiCall(listener: ApiCallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners of a call as CloudTrail would record it. */
  recordApiCall(call: LocalApiCall): void {
    for (const listener of this.#listeners) listener(call);
  }

  /** Changes what every reader sees, at once. */
  #settle(change: (state: IamState) => IamState): void {
    this.#history = this.#history.map((entry) => ({ at: entry.at, state: change(entry.state) }));
  }
}

/** Keys that are handed out, not asked for, outlive whatever time is skipped. */
const issuedForMs = 365 * 86_400_000;

const trustOf = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
