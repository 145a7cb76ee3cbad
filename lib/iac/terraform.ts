import {
  declarationsOf,
  isRead,
  noteConfigured,
  type Setting,
  snapshotOf,
} from './terraform-declarations.ts';
import { parseTerraformPlan, stateResources, type TerraformPlan } from './terraform-plan.ts';
import { References } from './terraform-references.ts';
import { type Resource, Resources } from './terraform-resources.ts';
import { type Declaration, declarationKey, type Open, type Planned, type Source } from './types.ts';
import { hasUnknown } from './unknown.ts';

export interface ReadOptions {
  /** The plan's own name, for messages. */
  readonly file: string;
  readonly accountId?: string | undefined;
  readonly partition?: string | undefined;
  /** The file and line where a resource is written, by its address. */
  readonly locate?: ((address: string) => Pick<Source, 'file' | 'line'> | undefined) | undefined;
}

/**
 * Reads `terraform show -json` of a plan, or OpenTofu's.
 *
 * @throws {InputError} naming the file and the key that is not as it should be.
 */
export function readTerraformPlan(value: unknown, options: ReadOptions): Planned {
  const { file, locate } = options;
  const plan = parseTerraformPlan(value, file);
  const references = new References(plan.configuration?.root_module);
  const resources = new Resources(plan, references);
  const accountId = options.accountId ?? accountOf(plan);
  const setting: Setting = {
    resources,
    accountId,
    partition: options.partition ?? partitionOf(plan),
    sourceOf: ({ address }) => ({ address, ...locate?.(address) }),
  };
  for (const resource of resources.all) noteConfigured(resource, resources);

  const removed: Declaration[] = [];
  const added: Declaration[] = [];
  const unchanged: Declaration[] = [];
  const open: Open[] = [...openOf(plan, file)];
  for (const resource of resources.all) {
    if (!isRead(resource.type)) {
      open.push(...guardrailChange(resource, setting));
      continue;
    }
    const does = effectOf(resource.actions);
    if (does === undefined) {
      open.push({
        source: setting.sourceOf(resource),
        reason: `The plan does "${resource.actions.join(', ')}" to ${resource.address}, which is not known here`,
      });
    }
    const { ends = false, begins = false } = does ?? {};
    const before = declarationsOf(resource, 'before', setting);
    const after = declarationsOf(resource, 'after', setting);
    if (ends) removed.push(...before);
    else if (!begins || resource.actions.includes('forget'))
      unchanged.push(...(before.length > 0 ? before : after));
    if (begins) added.push(...after);
  }
  const owned = ownedBy([...removed, ...added, ...unchanged]);
  for (const resource of resources.all) {
    const stays = effectOf(resource.actions)?.endsRole !== true;
    const snapshot = snapshotOf(resource, owned, setting.sourceOf(resource));
    (stays ? unchanged : removed).push(...snapshot);
  }
  const kept = new Set(unchanged.map(declarationKey));
  return {
    format: 'Terraform plan',
    file,
    ...(accountId === undefined ? {} : { accountId }),
    partition: setting.partition,
    // A deposed object may have the name of the one that stays.
    removed: removed.filter((one) => !kept.has(declarationKey(one))),
    added,
    unchanged,
    open,
    notes: [],
  };
}

interface Effect {
  /** The object as it was is no more. */
  readonly ends?: boolean;
  /** The object as it will be is there. */
  readonly begins?: boolean;
  /** With everything that hung on it. */
  readonly endsRole?: boolean;
}

const effects: Readonly<Record<string, Effect>> = {
  'no-op': {},
  read: {},
  create: { begins: true },
  update: { ends: true, begins: true },
  delete: { ends: true, endsRole: true },
  'delete,create': { ends: true, begins: true, endsRole: true },
  'create,delete': { ends: true, begins: true, endsRole: true },
  // What is forgotten stays in AWS.
  forget: {},
  'create,forget': { begins: true },
  'forget,create': { begins: true },
};

const effectOf = (actions: readonly string[]): Effect | undefined => effects[actions.join()];

function* openOf(plan: TerraformPlan, file: string): Generator<Open> {
  const source = { address: file };
  if (plan.errored === true)
    yield { source, reason: 'The plan ended with an error, so it does not show everything' };
  if (plan.complete === false) {
    yield {
      source,
      reason: 'The plan is not complete (-target, or deferred changes), so it does not show everything',
    };
  }
  for (const { reason, resource_change: change } of plan.deferred_changes) {
    if (change !== undefined && !/^aws_(iam|ssoadmin|organizations)_/.test(change.type)) continue;
    const address = change?.address ?? file;
    yield {
      source: { address },
      reason: `What becomes of ${address} is decided in a later plan (${reason})`,
    };
  }
  if (plan.action_invocations.length + plan.deferred_action_invocations.length > 0) {
    yield { source, reason: 'The plan runs Terraform actions, and what those do is not in it' };
  }
}

function guardrailChange(resource: Resource, setting: Setting): Open[] {
  const changes = resource.actions.some((action) => action !== 'no-op' && action !== 'read');
  if (!/^aws_organizations_policy(_attachment)?$/.test(resource.type) || !changes) return [];
  const type = (resource.after ?? resource.before)?.type;
  if (typeof type === 'string' && type !== 'SERVICE_CONTROL_POLICY') return [];
  return [
    {
      source: setting.sourceOf(resource),
      reason: `${resource.address} changes what the organization lets the account do, and the guardrails given are those before it`,
      about: 'guardrails',
    },
  ];
}

/** Inline policies and attachments of roles that resources of their own own. */
function ownedBy(declarations: readonly Declaration[]): Set<string> {
  const owned = new Set<string>();
  for (const one of declarations) {
    if (one.is === 'inline-policy' && one.of.kind === 'role') owned.add(`${one.of.name} inline ${one.name}`);
    if (one.is === 'attachment' && one.to.kind === 'role') owned.add(`${one.to.name} ${one.policyArn}`);
  }
  return owned;
}

/** The account that the plan's own values name: of its identities, its IAM ARNs, or of who made the plan. */
function accountOf(plan: TerraformPlan): string | undefined {
  for (const { change } of plan.resource_changes) {
    for (const identity of [change.before_identity, change.after_identity]) {
      if (typeof identity?.account_id === 'string') return identity.account_id;
    }
  }
  for (const { type, change } of plan.resource_changes) {
    for (const values of [change.before, change.after]) {
      const arn = type.startsWith('aws_iam_') ? values?.arn : undefined;
      const account = typeof arn === 'string' && !hasUnknown(arn) ? arn.split(':')[4] : undefined;
      if (account !== undefined && /^\d{12}$/.test(account)) return account;
    }
  }
  for (const { type, values } of stateResources(plan.prior_state?.values?.root_module)) {
    if (type === 'aws_caller_identity' && typeof values?.account_id === 'string') return values.account_id;
  }
  return literalAccountOf(JSON.stringify(plan.resource_changes));
}

/**
 * The one account that ARNs in a text name: of Rekognition's resources, else of IAM's; undefined where there are several
 * or none.
 */
export function literalAccountOf(text: string): string | undefined {
  for (const service of ['rekognition', 'iam']) {
    const [only, ...more] = accountsIn(text, service);
    if (only !== undefined) return more.length === 0 ? only : undefined;
  }
  return undefined;
}

/** Accounts in the ARNs of a service. */
export function accountsIn(text: string, service: string): string[] {
  const arns = text.matchAll(new RegExp(`arn:aws[\\w-]*:${service}:[\\w*-]*:(\\d{12}):`, 'g'));
  return [...new Set([...arns].map(([, id = '']) => id))];
}

function partitionOf(plan: TerraformPlan): string {
  return /arn:(aws(?:-[\w-]+)?):/.exec(JSON.stringify(plan.resource_changes))?.[1] ?? 'aws';
}
