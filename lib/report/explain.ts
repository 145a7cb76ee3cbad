import { conditionWords } from '#lib/compare/condition-words.ts';
import { policyLabel, statementPlace } from '#lib/compare/labels.ts';
import { scopeWords } from '#lib/compare/scope-words.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { type BoundStatement, type CompiledSet, contextValue, decide } from '#lib/policy/index.ts';
import type { Layer, Request } from '#lib/policy/types.ts';
import { escapeText } from './escape.ts';
import { wrap } from './wrap.ts';

export interface Explanation {
  /** `role/shop-search` */
  readonly subject: string;
  readonly request: Request;
  /** The principal's policies, layer by layer. */
  readonly set: CompiledSet;
  /** What other sources said of the same request. */
  readonly evidence?: readonly Evidence[];
}

const layerNames: Readonly<Record<Layer, string>> = {
  identity: 'identity',
  boundary: 'boundary',
  scp: 'SCP',
  rcp: 'RCP',
  session: 'session',
  resource: 'resource',
};

/** How one statement about the action meets the request. */
interface Meeting {
  readonly bound: BoundStatement;
  readonly applies: boolean;
  /** `but only on collection/shop-*`, `but only from 198.51.100.0/24 (asked: 203.0.113.10)` */
  readonly but?: string;
  /** The conditions that fail, in words, where nothing else does. */
  readonly lacking?: string;
}

function askedValue(key: string, { context }: Request): string {
  const value = contextValue(context, key);
  return value === undefined ? 'absent' : typeof value === 'string' ? value : value.join(', ');
}

function meet(bound: BoundStatement, request: Request, bounded: boolean): Meeting {
  const { compiled, matched } = bound;
  const { statement } = compiled;
  if (!compiled.matchesResource(request.resource, request.context)) {
    const scope = scopeWords([{ by: [matched], request }]) ?? (statement.resources ?? []).join(', ');
    return { bound, applies: false, but: `but only on ${scope}` };
  }
  if (compiled.matchesPrincipal(request.context, bounded) === 'none') {
    return { bound, applies: false, but: 'but for other principals' };
  }
  const failing = compiled.tests.filter((test) => !test.matches(request.context)).map(({ test }) => test);
  const words = conditionWords(failing);
  if (words === undefined) return { bound, applies: true };
  const asked = failing.map(({ key }) => askedValue(key, request)).join('; ');
  return { bound, applies: false, but: `but only ${words} (asked: ${asked})`, lacking: words };
}

function layerLines(name: string, meetings: readonly Meeting[]): string[] {
  const label = `  ${name.padEnd(10)} `;
  if (meetings.length === 0) return [`${label}no statement is about this action`];
  return meetings.flatMap(({ bound, but }, i) => {
    const effect = bound.compiled.statement.effect === 'Allow' ? 'allows' : 'denies';
    const where = `${policyLabel(bound.matched.policy)}, ${statementPlace(bound.matched)}`;
    return wrap(
      escapeText(`${where}: ${effect}${but === undefined ? '' : `, ${but}`}`, 600),
      i === 0 ? label : ' '.repeat(label.length),
      100,
    );
  });
}

const shortResource = (resource: string): string => resource.split(':').slice(5).join(':') || resource;

/** Denies that apply first, then allows that apply, then those that nearly do. */
const order = ({ applies, bound }: Meeting): number =>
  applies ? (bound.compiled.statement.effect === 'Deny' ? 0 : 1) : 2;

/**
 * Why a request is allowed or denied: every layer with the statements that are about its action, and what keeps those
 * that do not apply from applying. Ends with a newline.
 */
export function renderExplanation({ subject, request, set, evidence = [] }: Explanation): string {
  const { decision, blockedBy } = decide(set, request);
  const layers = set.layers.map((layer) => {
    const meetings = layer.statements
      .filter(({ compiled }) => compiled.matchesAction(request.action))
      .map((bound) => meet(bound, request, set.bounded));
    return { layer, meetings: meetings.sort((a, b) => order(a) - order(b)) };
  });
  const answer =
    decision === 'allowed'
      ? 'ALLOWED'
      : `DENIED (${decision === 'explicitDeny' ? 'explicit' : 'implicit'}${blockedBy === undefined ? '' : `, ${layerNames[blockedBy]}`})`;

  const lacking =
    decision === 'implicitDeny'
      ? layers
          .filter(({ layer }) => layer.layer === blockedBy)
          .flatMap(({ meetings }) => meetings)
          .filter(({ bound }) => bound.compiled.statement.effect === 'Allow')
          .map((meeting) => meeting.lacking)
          .filter((words) => words !== undefined)
      : [];
  const others = evidence.filter(({ kind }) => kind !== 'evaluated');
  return `${[
    escapeText(`${subject} → ${request.action} on ${shortResource(request.resource)}: ${answer}`, 600),
    ...layers.flatMap(({ layer, meetings }) => layerLines(layerNames[layer.layer], meetings)),
    ...others.map(
      ({ kind, decision: other, reason }) =>
        `  ${kind.padEnd(10)} ${other}${reason === undefined ? '' : `: ${escapeText(reason, 300)}`}`,
    ),
    ...(lacking.length === 0
      ? []
      : [escapeText(`To be allowed it would have to be asked ${[...new Set(lacking)].join(', or ')}.`, 600)]),
  ].join('\n')}\n`;
}
