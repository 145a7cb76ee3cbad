import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Fault, FaultKind, SnsMessage } from '@permission-check/embedded-aws';
import * as z from 'zod';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

/** The fault of one call of the story, once or for a quarter of an hour. */
export interface SingleFault {
  /** `dynamodb:PutItem` */
  readonly operation: string;
  /** Calls of the operation that go well before it. */
  readonly skip: number;
  readonly kind: FaultKind;
  readonly lasts: 'once' | 'a quarter of an hour';
}

/** What became of the alert. `seconds`: behind an undisturbed run, in the stack's time. */
export interface FaultOutcome {
  readonly fault: SingleFault;
  readonly verdict: 'on time' | 'late' | 'twice' | 'inconclusive' | 'hidden' | 'lost' | 'falsely resolved';
  readonly seconds: number;
}

/** What docs/reliability.md states: seconds that an alert may be late, by how long the fault lasts. */
export const latest = { once: 360, 'a quarter of an hour': 1500 } as const;
const onTime = 120;

const kinds: readonly FaultKind[] = [
  'error',
  'throttle',
  'denied',
  'disconnect',
  'lost',
  'truncated',
  'half',
  'hang',
  'killed',
  'killed-after',
];

const policy = { RoleName: 'analyst', PolicyArn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess' };
const mail = z.object({
  findings: z.array(z.object({ state: z.string(), kind: z.string(), subjects: z.array(z.string()) })),
});

/** One alert of a message: `new excess`. */
const alertsOf = (messages: readonly SnsMessage[]): string[] =>
  messages.flatMap(({ byProtocol }) =>
    mail
      .parse(JSON.parse(byProtocol.default ?? ''))
      .findings.filter(({ subjects }) => subjects.includes('role/analyst'))
      .map(({ state, kind }) => `${state} ${kind}`),
  );

/** A deployed stack whose baseline is made, on which faults are tried one after the other. */
export class FaultBench {
  readonly #deployed: DeployedStack;
  readonly #admin: IAMClient;
  /** Seconds from the change to its alert where nothing is wrong. */
  readonly usual: number;
  /** The calls that the functions make on the way: operation → how often. */
  readonly calls: ReadonlyMap<string, number>;

  private constructor(
    deployed: DeployedStack,
    admin: IAMClient,
    usual: number,
    calls: ReadonlyMap<string, number>,
  ) {
    this.#deployed = deployed;
    this.#admin = admin;
    this.usual = usual;
    this.calls = calls;
  }

  static async start(): Promise<FaultBench> {
    const deployed = await deployStack({
      account: sample('story-account.json'),
      expectations: sample('story-expectations.yaml'),
    });
    const { aws, stack } = deployed;
    const admin = new IAMClient({
      endpoint: aws.endpoint,
      region: 'us-east-1',
      credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
    });
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    const before = aws.world.calls().length;
    const undisturbed = new FaultBench(deployed, admin, 0, new Map());
    const { told, seconds } = await undisturbed.#attack();
    if (told.join() !== 'new excess') throw new Error(`an undisturbed run told: ${told.join(', ')}`);
    const calls = new Map<string, number>();
    for (const { service, operation, caller } of aws.world.calls().slice(before)) {
      if (!/Function/.test(caller)) continue;
      const name = `${service}:${operation}`;
      calls.set(name, (calls.get(name) ?? 0) + 1);
    }
    await undisturbed.#undo();
    return new FaultBench(deployed, admin, seconds, calls);
  }

  async stop(): Promise<void> {
    this.#admin.destroy();
    await this.#deployed.stop();
  }

  /** Every fault of every call; of an operation that is called often, of its first `most` calls. */
  faults(most: number): SingleFault[] {
    return [...this.calls].flatMap(([operation, times]) => {
      const once = Array.from({ length: Math.min(times, most) }, (_, skip) =>
        kinds.map((kind) => ({ operation, skip, kind, lasts: 'once' as const })),
      ).flat();
      const lasting = { operation, skip: 0, kind: 'lost', lasts: 'a quarter of an hour' } as const;
      return [...once, lasting];
    });
  }

  async try(fault: SingleFault): Promise<FaultOutcome> {
    const { world, platform } = this.#deployed.aws;
    const { operation, skip, kind, lasts } = fault;
    const switched: Fault = { operation, skip, kind, ...(lasts === 'once' && { next: 1 }) };
    const { told, seconds } = await this.#attack(() => {
      world.faults.add(switched);
      if (lasts !== 'once') platform.timers.after(900_000, () => world.faults.clear());
    });
    world.faults.clear();
    const late = Math.max(0, seconds - this.usual);
    const outcome = { fault, verdict: verdictOf(told, late), seconds: Math.round(late) };
    await this.#undo();
    return outcome;
  }

  /** Gives the role too much; answers what is told of it, and how many seconds later. */
  async #attack(disturb: () => void = () => undefined): Promise<{ told: string[]; seconds: number }> {
    const { aws, stack } = this.#deployed;
    const from = aws.messages().length;
    await this.#admin.send(new AttachRolePolicyCommand(policy));
    const begun = aws.world.clock().getTime();
    disturb();
    await stack.settle();
    const messages = aws.messages().slice(from);
    const first = messages.find((message) => alertsOf([message]).includes('new excess'));
    const seconds = ((first?.time.getTime() ?? begun) - begun) / 1000;
    return { told: alertsOf(messages), seconds };
  }

  /** Takes it away again, and holds that all is quiet. */
  async #undo(): Promise<void> {
    const { aws, stack } = this.#deployed;
    await this.#admin.send(new DetachRolePolicyCommand(policy));
    await stack.settle();
    for (const { logicalId } of stack.template.queues) {
      const left = stack.queue(logicalId).bodies();
      if (left.length > 0) throw new Error(`${left.length} messages are left in ${logicalId}`);
    }
    aws.world.faults.clear();
  }
}

/** Seconds that the alerts were late, the soonest first, of faults that last so long. */
export const secondsLate = (outcomes: readonly FaultOutcome[], lasts: SingleFault['lasts']): number[] =>
  outcomes
    .filter(({ fault }) => fault.lasts === lasts)
    .map(({ seconds }) => seconds)
    .sort((a, b) => a - b);

/** Seconds of the alert in the middle; 0 where there is none. */
export const medianLate = (outcomes: readonly FaultOutcome[], lasts: SingleFault['lasts']): number => {
  const late = secondsLate(outcomes, lasts);
  return late[Math.floor(late.length / 2)] ?? 0;
};

/** Whether too many outcomes are what one may be: half of the alerts have to be told on time. */
export const isSlowOnTheWhole = (outcomes: readonly FaultOutcome[]): boolean =>
  medianLate(outcomes, 'once') > onTime;

function verdictOf(told: readonly string[], seconds: number): FaultOutcome['verdict'] {
  const alerts = told.filter((one) => one === 'new excess').length;
  if (told.some((one) => one.startsWith('resolved'))) return 'falsely resolved';
  if (alerts === 0) return told.length > 0 ? 'hidden' : 'lost';
  if (alerts > 1) return 'twice';
  if (told.some((one) => one.endsWith('inconclusive'))) return 'inconclusive';
  return seconds > onTime ? 'late' : 'on time';
}

/**
 * Whether an outcome is beyond what docs/reliability.md states. An alert may come twice where SNS has taken it and the
 * function does not know, or dies before it has written so.
 */
export function isBeyond({ verdict, seconds, fault }: FaultOutcome): boolean {
  if (seconds > latest[fault.lasts]) return true;
  if (verdict === 'twice')
    return !(fault.operation === 'sns:Publish' || /^(dynamodb|sqs):/.test(fault.operation));
  // What the documents say is told after some minutes, with what IAM's simulator leaves open.
  if (verdict === 'inconclusive') return fault.lasts === 'once';
  return ['hidden', 'lost', 'falsely resolved'].includes(verdict);
}
