import {
  type CompiledSet,
  type CompiledStatement,
  casesOf,
  decide,
  isSessionKey,
  type MatchedStatement,
  type RequestContext,
  type SearchSpace,
  type SessionFreedom,
  type TextPattern,
} from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { boundaryIn, factsOf, isFactOf, isNeverIn, readsBoundary, readsFacts } from './acted-on.ts';
import { isOfPrincipal } from './admission.ts';
import { contextsOf, ofItsOwnMaking, policyIn, taggingWith } from './call-contexts.ts';
import type { Tags } from './own-tags.ts';
import { decisive, isRuledOut, isUnconditional, keysReadBy, variablesOf } from './statement-reads.ts';

/** Whatever one likes to name. */
export const ANYTHING = 'anything';

/** The statements that let a request through; undefined where none does. */
export type LetThrough = readonly MatchedStatement[] | undefined;

/** What a call says beside its resource. */
export interface Said {
  /** To which a role is passed: `lambda.amazonaws.com` */
  readonly service?: string | undefined;
  /** The ARN of a managed policy that is attached or detached. */
  readonly policy?: string | undefined;
  /** That are put on something. */
  readonly tags?: Tags | undefined;
  /** The ARN of the policy that becomes a principal's boundary. */
  readonly boundary?: string | undefined;
  /** The principal that the resource is. */
  readonly of?: Principal | undefined;
}

/** The statements about an action that a resource makes a difference to. */
interface Limiting {
  /** Context keys that all statements about the action read. */
  readonly reads: readonly string[];
  /** Whether one of all statements about the action asks which service a role is passed to. */
  readonly asksService: boolean;
  readonly statements: readonly CompiledStatement[];
  /** Whether what nobody knows of the request decides which resources they are about. */
  readonly varies: boolean;
}

/** What tells resources apart for somebody. */
export interface Telling {
  /** The same text for what matches the same resources. */
  readonly text: string;
  readonly matches: (resource: string) => boolean;
}

/** Answers of all whose policies say the same about an action. */
export interface SharedAnswers {
  /** What the policies read of whoever asks, as text. */
  readonly facts: string;
  /** The same text for policies that say the same about an action. */
  keyOf(action: string): string;
  get(
    action: string,
    question: string,
    decide: () => { readonly by: LetThrough },
  ): { readonly by: LetThrough };
}

/**
 * What policies let somebody do to principals and policies of IAM, and with services. Each question is worked out once
 * for all resources that the policies do not tell apart.
 */
export class Leave {
  readonly policies: CompiledSet;
  readonly known: RequestContext;
  readonly #session: Pick<SessionFreedom, 'free' | 'possible'> | undefined;
  readonly #limiting = new Map<string, Limiting>();
  readonly #answers = new Map<string, LetThrough>();
  readonly #shared: SharedAnswers;

  /**
   * @param known what is known of whoever asks, as far as the policies read it, and of the moment
   * @param shared what others found out whose policies say the same about an action
   * @param session what whoever begins a session of it chooses; `known` is then as it usually is
   */
  constructor(
    policies: CompiledSet,
    known: RequestContext,
    shared: SharedAnswers,
    session?: Pick<SessionFreedom, 'free' | 'possible'>,
  ) {
    this.policies = policies;
    this.known = known;
    this.#session = session;
    this.#shared = shared;
  }

  /** The statements by which an action on a resource is let through. */
  by(action: string, resource: string, { service, policy, tags, boundary, of }: Said = {}): LetThrough {
    const { asksService, reads } = this.#limitingOf(action);
    const facts = of && factsOf(of, action, reads, () => this.#mayTag(of));
    const asked = asksService && action === 'iam:PassRole' ? service : undefined;
    const passed = { ...boundaryIn(action, boundary), ...policyIn(action, policy) };
    const said = JSON.stringify([tags, facts, passed]);
    const key = `${asked} ${said} ${action} ${this.#alike(action, resource)}`;
    if (this.#answers.has(key)) return this.#answers.get(key);
    const about = {
      ...(asked !== undefined && { 'iam:PassedToService': asked }),
      ...(tags !== undefined && taggingWith(tags)),
      ...facts?.context,
      ...passed,
    };
    const isFact = (name: string) => isFactOf(facts, name);
    const decided = () => ({ by: this.#decide(action, resource, about, isFact) });
    const answer = this.#shared.get(action, key, decided).by;
    this.#answers.set(key, answer);
    return answer;
  }

  /** The same text for those who are let through some actions alike, and by the same statements. */
  keyAbout(actions: readonly string[]): string {
    return JSON.stringify([this.#shared.facts, actions.map((action) => this.#shared.keyOf(action))]);
  }

  /** Whether what it takes to be let through an action may be a boundary. */
  asksBoundary(action: string): boolean {
    return readsBoundary(this.#limitingOf(action).reads);
  }

  /** Whether it may make a difference which policy is attached. */
  asksPolicy(action: string): boolean {
    return this.#limitingOf(action).reads.includes('iam:policyarn');
  }

  /** Whether somebody may be let attach a policy to anything; false is certain. */
  mayAttach(action: string, policy: string): boolean {
    return this.#mayHold(action, ANYTHING, policyIn(action, policy));
  }

  /** Whether a principal's tags may be made others, whichever. */
  #mayTag({ arn, kind }: Principal): boolean {
    const what = kind === 'role' ? 'Role' : 'User';
    return ['Tag', 'Untag'].some((verb) => this.by(`iam:${verb}${what}`, arn) !== undefined);
  }

  /**
   * What the statements about an action say of resources: those that they all match alike are let through alike.
   * `undefined` where what nobody knows of the request decides which resources they are about.
   */
  tellingApart(action: string): readonly Telling[] | undefined {
    const { statements, varies, reads } = this.#limitingOf(action);
    if (varies || readsFacts(reads)) return undefined;
    return statements.map((one) => {
      const { resources, notResource } = one.statement;
      // The same words name other resources for somebody else.
      const facts = variablesOf(one).length > 0 ? this.#shared.facts : '';
      return {
        text: JSON.stringify([resources, notResource, facts]),
        matches: (resource) => one.matchesResource(resource, this.known),
      };
    });
  }

  /**
   * The same text for those who are let through an action alike, whatever their policies are called; `undefined` where
   * that cannot be said, since a policy's version decides what stands in it.
   */
  likenessAbout(action: string): string | undefined {
    const { layers, bounded } = this.policies;
    const text = JSON.stringify([
      this.#shared.facts,
      bounded,
      layers.map(({ layer, level, statements }) => [
        layer,
        level,
        [...new Set(statements.flatMap(({ compiled }) => decisive(compiled, action)))].sort(),
      ]),
    ]);
    return text.includes('${') ? undefined : text;
  }

  /** The Allow statements about an action. */
  *allowsOf(action: string): Iterable<CompiledStatement> {
    for (const { layer, statements } of this.policies.layers)
      for (const { compiled } of statements)
        if (layer === 'identity' && compiled.statement.effect === 'Allow' && compiled.matchesAction(action))
          yield compiled;
  }

  /** The same text for resources that no statement about an action tells apart. */
  #alike(action: string, resource: string): string {
    if (resource === ANYTHING) return resource;
    const { statements, varies } = this.#limitingOf(action);
    if (varies) return resource;
    return statements.map((one) => (one.matchesResource(resource, this.known) ? '1' : '0')).join('');
  }

  #limitingOf(action: string): Limiting {
    const known = this.#limiting.get(action);
    if (known !== undefined) return known;
    const all = this.policies.layers
      .flatMap((layer) => layer.statements.map(({ compiled }) => compiled))
      .filter((compiled) => compiled.matchesAction(action));
    const reads = [...new Set(all.flatMap(keysReadBy).map((key) => key.toLowerCase()))];
    const asksService = reads.includes('iam:passedtoservice');
    const statements = all.filter(({ everyResource }) => !everyResource);
    const varies = statements.some((one) => variablesOf(one).some((key) => !this.#isKnown(key)));
    const limiting = { reads, asksService, statements, varies };
    this.#limiting.set(action, limiting);
    return limiting;
  }

  /** Whether a key is the same in all requests of whoever asks, there or missing. */
  #isKnown(key: string): boolean {
    if (this.#session === undefined) return isOfPrincipal(key);
    return isSessionKey(key) && !this.#session.free.has(key.toLowerCase());
  }

  #decide(
    action: string,
    resource: string,
    about: RequestContext,
    isFact: (key: string) => boolean,
  ): LetThrough {
    const known = { ...this.known, ...about };
    for (const context of contextsOf(action, known)) {
      const found = this.#letThrough(action, resource, context, isFact);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A request that the policies let through: the plain one, or one that is found where the plain one is not it. */
  #letThrough(
    action: string,
    resource: string,
    context: RequestContext,
    isFact: (key: string) => boolean,
  ): LetThrough {
    const named = resource === ANYTHING ? ofItsOwnMaking(action, context) : resource;
    const { decision, matched } = decide(this.policies, { action, resource: named, context });
    if (decision === 'allowed') return allowsIn(matched);
    const { free, possible } = this.#session ?? {};
    const constant = Object.entries(context).filter(([key]) => !free?.has(key.toLowerCase()));
    const known = Object.fromEntries(constant);
    if (!this.#mayHold(action, resource, known)) return undefined;
    if (resource !== ANYTHING && isUnconditional(this.policies, action)) return undefined;
    const { cases, complete } = casesOf(this.policies, action, {
      resource: resource === ANYTHING ? anyResource : resource,
      known,
      // A boundary is only passed by whoever wants one.
      isKnown: (key) =>
        this.#isKnown(key) ||
        isFact(key) ||
        key.toLowerCase() === 'iam:permissionsboundary' ||
        isNeverIn(action, key),
      ...(free && { free }),
      ...(possible && { possible }),
    });
    if (complete && cases.length === 0) return undefined;
    // Of a case whose search was given up there is none.
    const example = cases.find((one) => one.example !== undefined)?.example;
    const request = example && { action, ...example, context: { ...example.context, ...known } };
    return request === undefined ? [] : allowsIn(decide(this.policies, request).matched);
  }

  /** Whether some Allow may be about an action on a resource, whatever is not known; false is certain. */
  #mayHold(action: string, resource: string, context: RequestContext): boolean {
    for (const compiled of this.allowsOf(action)) {
      if (isRuledOut(compiled, context)) continue;
      if (resource === ANYTHING) return true;
      const varies = compiled.resources.some(({ variables }) => variables.length > 0);
      if (varies || compiled.matchesResource(resource, {})) return true;
    }
    return false;
  }
}

function allowsIn(matched: readonly MatchedStatement[]): MatchedStatement[] {
  return matched.filter(({ layer, statement }) => layer === 'identity' && statement.effect === 'Allow');
}

const anyText: TextPattern = [{ chars: { not: '' }, repeat: true }];
const anyResource: SearchSpace['resource'] = [{ pattern: anyText, hints: [] }];
