import { randomUUID } from 'node:crypto';
import type { ResolvedRule, ResolvedRuleTarget } from '@permission-check/cloudformation';
import type { Activity } from '../activity.ts';
import { AwsError } from '../types.ts';
import type { World } from '../world.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { compilePattern, type EventPattern } from './pattern.ts';

/** What an event says before the bus gives it an id, an account and a Region. */
export interface EventEntry {
  readonly source: string;
  readonly detailType: string;
  readonly detail: JsonObject;
  readonly resources?: readonly string[];
  readonly time?: Date;
}

/** Where an event can go: `sqs`, `lambda`. */
export interface BusTarget {
  /** Delivers on behalf of the rule. @throws AwsError where the target, or the role that the rule names, does not let it. */
  deliver(targetArn: string, ruleArn: string, body: string, roleArn?: string): void;
}

export interface BusSettings {
  readonly world: Pick<World, 'accountId' | 'partition' | 'clock'>;
  readonly region: string;
  readonly activity: Activity;
  /** By the service in the target's ARN. */
  readonly targets: Readonly<Record<string, BusTarget>>;
  /** Something that AWS would only show in a metric. */
  readonly problem: (message: string) => void;
}

/** Where a rule hands events to. What it says of repeats is kept: here nothing is tried again. */
export interface RuleTarget extends ResolvedRuleTarget {
  readonly retryPolicy?: object;
}

/** A rule as it was put on a bus. */
export interface BusRule extends Omit<ResolvedRule, 'logicalId'> {
  readonly description?: string;
  readonly roleArn?: string;
  readonly targets: readonly RuleTarget[];
}

interface Rule extends BusRule {
  readonly matches: EventPattern;
}

/** The bus that AWS's own events come to. */
export const DEFAULT_BUS = 'default';

/** The event buses of an account in a Region: they match events against their rules and hand them to the rules' targets. */
export class EventBus {
  readonly #settings: BusSettings;
  readonly #buses = new Map<string, Map<string, Rule>>([[DEFAULT_BUS, new Map()]]);
  readonly #tags = new Map<string, Map<string, string>>();

  constructor(settings: BusSettings) {
    this.#settings = settings;
  }

  arnOf(ruleName: string, bus = DEFAULT_BUS): string {
    return this.#arn(bus === DEFAULT_BUS ? `rule/${ruleName}` : `rule/${bus}/${ruleName}`);
  }

  busArn(bus = DEFAULT_BUS): string {
    return this.#arn(`event-bus/${bus}`);
  }

  #arn(rest: string): string {
    const { world, region } = this.#settings;
    return `arn:${world.partition}:events:${region}:${world.accountId}:${rest}`;
  }

  /** @throws AwsError where there is one of that name. */
  createBus(name: string): void {
    if (this.#buses.has(name))
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    this.#buses.set(name, new Map());
  }

  deleteBus(name: string): void {
    if (name === DEFAULT_BUS) throw new AwsError('ValidationException', 'Cannot delete event bus default.');
    this.#buses.delete(name);
  }

  buses(): readonly string[] {
    return [...this.#buses.keys()];
  }

  /** Makes or replaces a rule. @throws EventPatternError, or AwsError for a kind of target or a bus that there is not. */
  putRule(rule: BusRule, bus = DEFAULT_BUS): void {
    for (const target of rule.targets) this.#target(target.arn);
    this.#rulesOf(bus).set(rule.name, { ...rule, matches: compilePattern(rule.eventPattern) });
  }

  deleteRule(name: string, bus = DEFAULT_BUS): void {
    this.#rulesOf(bus).delete(name);
    this.#tags.delete(this.arnOf(name, bus));
  }

  /** The tags of a rule or a bus, to read and to change. */
  tagsOf(arn: string): Map<string, string> {
    const tags = this.#tags.get(arn) ?? new Map<string, string>();
    this.#tags.set(arn, tags);
    return tags;
  }

  rule(name: string, bus = DEFAULT_BUS): BusRule | undefined {
    return this.#rulesOf(bus).get(name);
  }

  rules(bus = DEFAULT_BUS): readonly BusRule[] {
    return [...this.#rulesOf(bus).values()];
  }

  #rulesOf(bus: string): Map<string, Rule> {
    const rules = this.#buses.get(bus);
    if (rules === undefined)
      throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
    return rules;
  }

  /**
   * Puts an event on a bus; answers its id. Delivery happens by itself. One for a bus that there is not is taken and lost,
   * as AWS does: a problem tells of it.
   */
  put(entry: EventEntry, bus = DEFAULT_BUS): string {
    const { world, region } = this.#settings;
    const event: JsonObject = {
      version: '0',
      id: randomUUID(),
      'detail-type': entry.detailType,
      source: entry.source,
      account: world.accountId,
      time: `${(entry.time ?? world.clock()).toISOString().slice(0, 19)}Z`,
      region,
      resources: entry.resources ?? [],
      detail: entry.detail,
    };
    this.take(event, bus);
    return String(event.id);
  }

  /** Takes an event as another bus has it: its id, its account and its Region stay what they were there. */
  take(event: JsonObject, bus = DEFAULT_BUS): void {
    const { activity, problem } = this.#settings;
    activity
      .track(async () => this.#route(event, bus))
      .catch((error: unknown) => problem(`event bus: ${String(error)}`));
  }

  #route(event: JsonObject, bus: string): void {
    const rules = this.#buses.get(bus);
    if (rules === undefined) this.#settings.problem(`an event was lost: there is no event bus ${bus}`);
    for (const rule of rules?.values() ?? []) {
      if (!sees(rule, event) || !rule.matches(event)) continue;
      for (const target of rule.targets) this.#deliver(rule, target, event);
    }
  }

  /** Permission errors are not retried: the event goes to the target's dead-letter queue, or is lost. */
  #deliver(rule: Rule, target: ResolvedRuleTarget, event: JsonObject): void {
    const body = target.input ?? JSON.stringify(select(event, target.inputPath));
    try {
      this.#target(target.arn).deliver(target.arn, rule.arn, body, target.roleArn);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#settings.problem(`rule ${rule.name} could not deliver to ${target.arn}: ${error.message}`);
      if (target.deadLetterArn !== undefined)
        this.#deadLetter(rule, target.deadLetterArn, JSON.stringify(event));
    }
  }

  #deadLetter(rule: Rule, queueArn: string, body: string): void {
    try {
      this.#target(queueArn).deliver(queueArn, rule.arn, body);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#settings.problem(`rule ${rule.name} lost an event: ${error.message}`);
    }
  }

  #target(arn: string): BusTarget {
    const target = this.#settings.targets[arn.split(':')[2] ?? ''];
    if (target === undefined) {
      throw new AwsError('ValidationException', `the embedded AWS has no rule target of the kind of ${arn}`);
    }
    return target;
  }
}

/** Read-only management events reach only the rules that ask for all of them. */
function sees(rule: Rule, event: JsonObject): boolean {
  if (rule.state !== 'ENABLED') return rule.state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
  if (event['detail-type'] !== 'AWS API Call via CloudTrail' || !isObject(event.detail)) return true;
  return event.detail.readOnly !== true || event.detail.managementEvent === false;
}

/** InputPath: `$.detail`, `$.detail.requestParameters`. */
function select(event: JsonObject, path = '$'): Json {
  let value: Json = event;
  for (const key of path.split('.').slice(1)) value = isObject(value) ? (value[key] ?? null) : null;
  return value;
}
