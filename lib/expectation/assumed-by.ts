import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { listOf } from './list.ts';
import type { AssumedByInput } from './schema.ts';
import type { AssumedBy } from './types.ts';

const words = ['any', 'organization', 'identity-center'] as const;

/** What an entry of `assumed-by` means, or what is wrong with it. */
export function readAssumedBy(input: AssumedByInput): AssumedBy | { readonly problem: string } {
  if (typeof input !== 'string') {
    const claims = Object.fromEntries(
      Object.entries(input.claims ?? {}).map(([claim, values]) => [claim, listOf(values).map(String)]),
    );
    const said = Object.entries(claims).map(([claim, values]) => `${claim} ${values.join(' or ')}`);
    const host = providerIn(input.provider) ?? input.provider;
    return { kind: 'provider', host, claims, text: [host, ...said].join(' ') };
  }
  const text = input;
  const word = words.find((one) => one === text);
  if (word !== undefined) return { kind: word, text };
  const accountId = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(text)?.[1];
  if (accountId !== undefined) return { kind: 'account', accountId, text: accountId };
  const provider = providerIn(text);
  if (provider !== undefined) return { kind: 'provider', host: provider, claims: {}, text: provider };
  if (/^(role|user)\/./.test(text) || /^arn:[^:]+:(iam|sts)::/.test(text)) return { kind: 'principal', text };
  if (/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(text) && text !== 'cognito-identity.amazonaws.com')
    return { kind: 'service', name: text, text };
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+(\/.*)?$/i.test(text))
    return { kind: 'provider', host: text, claims: {}, text };
  return {
    problem:
      `"${text}" is nobody who can assume a role${didYouMean(text, [...words, 'lambda.amazonaws.com'])}: write a service ` +
      '(lambda.amazonaws.com), an account (123456789012), role/NAME, user/NAME, organization, identity-center, any, or ' +
      '{ provider: HOST, claims: { sub: PATTERN } } (of SAML { provider: NAME })',
  };
}

/** What a provider is called, out of its ARN: its host, or of SAML its name. */
function providerIn(text: string): string | undefined {
  return /^(?:arn:[^:]+:iam::\d{12}:)?(?:oidc|saml)-provider\/(.+)$/.exec(text)?.[1];
}
