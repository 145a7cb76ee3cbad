import { canMatch, wildcardForm, wildcardTest } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { ANY_TAG, tagWords } from '#lib/account/open-tags.ts';
import type { OpenFacts, Principal } from '#lib/account/types.ts';
import { isAwsManaged } from './aws-managed.ts';
import { listOf } from './list.ts';
import type { Matcher } from './principals.ts';
import type { MatcherInput, ScalarsInput } from './schema.ts';

/**
 * Whether a pattern of principals matches somebody of whom not all is known before a deployment: `maybe` depends on what
 * it asks for.
 */
export interface OpenAnswer {
  readonly answer: 'yes' | 'maybe' | 'no';
  /** What would have to be known, in words; empty unless it is `maybe`. */
  readonly asks: readonly string[];
}

/** Somebody of whom not all is known. */
type OpenPrincipal = Principal & { readonly open: OpenFacts };

const isOpen = (principal: Principal): principal is OpenPrincipal => principal.open !== undefined;

const YES: OpenAnswer = { answer: 'yes', asks: [] };
const NO: OpenAnswer = { answer: 'no', asks: [] };

const maybe = (...asks: readonly string[]): OpenAnswer => ({ answer: 'maybe', asks });

/** One of several is enough. */
function anyAnswer(all: readonly OpenAnswer[]): OpenAnswer {
  if (all.some(({ answer }) => answer === 'yes')) return YES;
  const asks = all.flatMap((one) => one.asks);
  return all.some(({ answer }) => answer === 'maybe') ? maybe(...new Set(asks)) : NO;
}

/** All of several are needed. */
function everyAnswer(all: readonly OpenAnswer[]): OpenAnswer {
  if (all.some(({ answer }) => answer === 'no')) return NO;
  const asks = all.flatMap((one) => one.asks);
  return all.some(({ answer }) => answer === 'maybe') ? maybe(...new Set(asks)) : YES;
}

/** Whether a pattern matches; of somebody of whom all is known that is plain. */
export function answerTo({ input, matches }: Matcher, principal: Principal): OpenAnswer {
  if (!isOpen(principal)) return plain(matches(principal) ? 'yes' : 'no');
  return typeof input === 'string' ? openText(input, principal) : openMapping(input, principal);
}

/** Whether a pattern in text form matches (textMatcher). */
function openText(text: string, principal: OpenPrincipal): OpenAnswer {
  const { kind, open } = principal;
  if (text.startsWith('arn:')) return openArn(text, principal);
  const withPath = /^(user|role)\/.*\//.test(text);
  const { name, path } = textsOf(principal);
  const [, own = text] = /^(?:user|role)\/(.*)$/.exec(text) ?? [];
  if (!withPath && isCalled(own, principal)) return text === `${kind}/${own}` ? YES : NO;
  if (!withPath && isOthers(own, open)) return NO;
  const answer = heldAgainst(text, `${kind}${withPath ? path : '/'}${name}`);
  return answer === 'maybe' ? maybe(...nameAsks(open), ...(withPath ? pathAsks(open) : [])) : plain(answer);
}

/** Whether a mapping of patterns matches (mappingMatcher). */
function openMapping(input: MatcherInput, principal: OpenPrincipal): OpenAnswer {
  const { kind, open } = principal;
  const { path } = textsOf(principal);
  const ofName = (patterns: ScalarsInput | undefined, of: Principal['kind']) =>
    orYes(patterns, (pattern) => (kind === of ? openName(pattern, principal) : NO));
  return everyAnswer([
    ofName(input.user, 'user'),
    ofName(input.role, 'role'),
    orYes(input.path, (pattern) => answerOf(heldAgainst(pattern, path), pathAsks(open))),
    orYes(input.arn, (pattern) => openArn(pattern, principal)),
    orYes(input.group, (pattern) => openGroup(pattern, principal)),
    orYes(input.attached, (pattern) => openAttached(pattern, principal)),
    ...Object.entries(input.tag ?? {}).map(([key, wanted]) =>
      orYes(wanted, (pattern) => openTag(key, pattern, principal)),
    ),
  ]);
}

const orYes = (patterns: ScalarsInput | undefined, test: (pattern: string) => OpenAnswer): OpenAnswer =>
  patterns === undefined ? YES : anyAnswer(listOf(patterns).map((pattern) => test(String(pattern))));

function openName(pattern: string, principal: OpenPrincipal): OpenAnswer {
  if (isCalled(pattern, principal)) return YES;
  if (isOthers(pattern, principal.open)) return NO;
  return answerOf(heldAgainst(pattern, textsOf(principal).name), nameAsks(principal.open));
}

function openArn(pattern: string, principal: OpenPrincipal): OpenAnswer {
  const { arn, kind, open } = principal;
  if (pattern === arn) return YES;
  const { partition, accountId } = arnParts(arn);
  const { name, path } = textsOf(principal);
  const parts = pattern.split(':');
  const own = ['arn', partition, 'iam', '', open.anyAccount ? '*' : accountId, `${kind}${path}${name}`];
  if (parts.length !== own.length) return NO;
  const answers = parts.map((part, index) => heldAgainst(part, own[index] ?? ''));
  const account = open.anyAccount ? [`the account of ${open.alias}`] : [];
  if (answers.includes('no')) return NO;
  return answers.includes('maybe') ? maybe(...account, ...nameAsks(open), ...pathAsks(open)) : YES;
}

function openGroup(pattern: string, { groups, open }: OpenPrincipal): OpenAnswer {
  const all = [...groups, ...open.groups].map((group) => heldAgainst(pattern, group));
  return answerOf(best(all), [`the groups of ${open.alias}`]);
}

/** A name means AWS's policy, an ARN whichever has it. */
function openAttached(pattern: string, { policies, open }: OpenPrincipal): OpenAnswer {
  const byArn = pattern.startsWith('arn:');
  const test = wildcardTest(pattern);
  const known = policies.map((policy) => {
    if (byArn) return policy.arn === undefined ? 'no' : heldAgainst(pattern, policy.arn);
    return isAwsManaged(policy) && test(policy.name) ? 'yes' : 'no';
  });
  const ofAws = byArn ? pattern : `arn:*:iam::aws:policy/*${pattern}`;
  const perhaps = open.attached.map((arn) => (heldAgainst(ofAws, arn) === 'no' ? 'no' : 'maybe'));
  return answerOf(best([...known, ...perhaps]), [`the policies that are attached to ${open.alias}`]);
}

function openTag(key: string, pattern: string, { tags, open }: OpenPrincipal): OpenAnswer {
  const value = Object.hasOwn(tags, key) ? tags[key] : undefined;
  if (value !== undefined) return plain(wildcardTest(pattern)(value) ? 'yes' : 'no');
  const words = [tagWords(key, open.alias)];
  if (open.tags.includes(key)) return answerOf(heldAgainst(pattern, '*'), words);
  return open.tags.includes(ANY_TAG) ? maybe(...words) : NO;
}

/** The name and the path of somebody, as far as they are known. */
const textsOf = ({ name, path, open }: OpenPrincipal) => ({
  name: open.name ?? name,
  path: open.path ?? path,
});

/**
 * Whether a pattern is meant for somebody whose name is not known by what it is called in its place: exactly, or as a
 * pattern of addresses, `module.photos.*`.
 */
function isCalled(pattern: string, { name, open }: OpenPrincipal): boolean {
  if (open.name === undefined) return false;
  const [known = ''] = pattern.split(/[*?]/);
  return pattern === name || (name === open.alias && known.includes('.') && wildcardTest(pattern)(name));
}

/** Whether a name is that of somebody else: names are there once in an account. */
const isOthers = (pattern: string, open: OpenFacts): boolean =>
  open.name !== undefined && !/[*?]/.test(pattern) && open.isTaken(pattern);

const nameAsks = ({ name, alias }: OpenFacts) => (name === undefined ? [] : [`the name of ${alias}`]);
const pathAsks = ({ path, alias }: OpenFacts) => (path === undefined ? [] : [`the path of ${alias}`]);

const plain = (answer: 'yes' | 'no'): OpenAnswer => (answer === 'yes' ? YES : NO);

const answerOf = (answer: OpenAnswer['answer'], asks: readonly string[]): OpenAnswer =>
  answer === 'maybe' ? maybe(...asks) : plain(answer);

const best = (all: readonly OpenAnswer['answer'][]): OpenAnswer['answer'] =>
  all.includes('yes') ? 'yes' : all.includes('maybe') ? 'maybe' : 'no';

/** What no text has, short and long: what a pattern matches with it, it matches with anything. */
const fillings = [1, 27].map((length) => '\uf8ff'.repeat(length));

/** Whether a pattern matches a text in which `*` stands for what is not known. */
function heldAgainst(pattern: string, text: string): OpenAnswer['answer'] {
  if (!text.includes('*')) return wildcardTest(pattern)(text) ? 'yes' : 'no';
  const test = wildcardTest(pattern);
  if (fillings.every((filling) => test(text.replaceAll('*', filling)))) return 'yes';
  return canMatch(pattern, wildcardForm(text)) ? 'maybe' : 'no';
}
