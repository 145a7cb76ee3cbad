import type { Layer } from '@permission-check/iam-policy';

/** What a sentence of AWS says of a refused call. */
export interface RefusedSentence {
  /** An ARN, a service, or `anonymous`; absent where the sentence does not say. */
  readonly principal?: string;
  /** `rekognition:DeleteFaces` */
  readonly action: string;
  /** An ARN or `*`. */
  readonly resource?: string;
  readonly by?: RefusedBy;
}

/** What AWS says stood in the way. */
export interface RefusedBy {
  /** Absent where AWS names none. */
  readonly layer?: Layer;
  /** A Deny, or no Allow. */
  readonly explicit: boolean;
  /** The ARN of the policy, where AWS names it. */
  readonly policy?: string;
}

const SENTENCE = new RegExp(
  String.raw`\b(?:User|Principal)(?:: (?<principal>arn:\S+|anonymous|[\w.-]+\.amazonaws\.com(?:\.cn)?))? is not authorized to ` +
    String.raw`perform:? (?<action>[\w-]+:\w+)(?: on resource:? (?:"(?<quoted>[^"]*)"|(?<bare>\S+)))?(?<rest>.*)`,
);

/** Of STS, which then says nothing else. */
const ENTRY = /\bnot authorized to perform:? (?<action>sts:\w+)/i;

/**
 * Reads AWS's sentence of a call that was refused, whatever stands around it, and however its lines are broken; as far as
 * it goes where it was cut.
 *
 * Source: IAM User Guide, "Troubleshoot access denied error messages", "Access denied error message examples".
 */
export function readRefusal(text: string): RefusedSentence | undefined {
  const plain = text.replaceAll('\\"', '"').replaceAll(/\\[nrt]|\s+/g, ' ');
  const groups = SENTENCE.exec(plain)?.groups ?? ENTRY.exec(plain)?.groups;
  const { principal, action, quoted, bare, rest = '' } = groups ?? {};
  if (action === undefined) return undefined;
  const resource = arnOf(quoted ?? bare, rest, principal);
  const by = refusedBy(rest);
  return {
    ...(principal !== undefined && { principal }),
    action,
    ...(resource !== undefined && { resource }),
    ...(by && { by }),
  };
}

/** IAM names a role `role NAME` in some of its sentences; what is no ARN otherwise names nothing for a policy. */
function arnOf(said: string | undefined, rest: string, principal = ''): string | undefined {
  if (said === '*' || said?.startsWith('arn:')) return said;
  const [, partition, , , accountId] = principal.split(':');
  const name = /^ ([\w+=,.@-]+)/.exec(rest)?.[1];
  if (said === undefined || !/^(role|user|group)$/.test(said) || !accountId || name === undefined)
    return undefined;
  return `arn:${partition}:iam::${accountId}:${said}/${name}`;
}

const EXPLICIT = /with an explicit deny(?<where>[^:.]*)(?:: ?(?<policy>arn:\S+))?/;
const IMPLICIT = /because no (?<where>[\w -]*)/;

function refusedBy(rest: string): RefusedBy | undefined {
  const deny = EXPLICIT.exec(rest)?.groups;
  const where = deny?.where ?? IMPLICIT.exec(rest)?.groups?.where?.replace(/ allows.*/, '');
  if (where === undefined) return undefined;
  const layer = layerIn(where);
  if (deny === undefined && layer === undefined) return undefined;
  const policy = deny?.policy?.replace(/[.,]+$/, '');
  return { ...(layer && { layer }), explicit: deny !== undefined, ...(policy && { policy }) };
}

/** How AWS's sentences call the kinds of policies, with what is left of them where a sentence was cut. */
const names: readonly (readonly [RegExp, Layer])[] = [
  [/identity-/, 'identity'],
  [/permissions? bound/, 'boundary'],
  [/service control/, 'scp'],
  [/resource control/, 'rcp'],
  [/sessions? pol/, 'session'],
  [/vpc endpoint/, 'endpoint'],
  [/resource-based|trust pol/, 'resource'],
];

/** The kind that is named; of several the last: `in a VPC endpoint policy transitively through a service control policy`. */
function layerIn(words: string): Layer | undefined {
  const lower = words.toLowerCase();
  const found = names.map(([pattern, layer]) => ({ layer, at: lower.search(pattern) }));
  return found.filter(({ at }) => at >= 0).sort((a, b) => b.at - a.at)[0]?.layer;
}
