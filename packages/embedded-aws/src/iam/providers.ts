import { type IamState, type IdentityProvider, withEntry } from '../account/state.ts';
import { AwsError } from '../types.ts';
import { type IamOperation, noSuchEntity, type OperationInput } from './operation.ts';
import { alreadyExists, nameParam } from './validation.ts';

/** IAM's operations that show the SAML and OpenID Connect providers, who vouch for people of elsewhere. */
export const providerReads: Readonly<Record<string, IamOperation>> = {
  GetSAMLProvider: (input) => {
    const provider = providerOf(input, 'saml');
    return {
      answer: { SAMLMetadataDocument: provider.metadata ?? '', CreateDate: provider.createDate, Tags: [] },
    };
  },
  ListSAMLProviders: (input) => {
    input.authorize('*');
    const list = ofKind(input.state, 'saml');
    return {
      answer: { SAMLProviderList: list.map(({ arn, createDate }) => ({ Arn: arn, CreateDate: createDate })) },
    };
  },
  GetOpenIDConnectProvider: (input) => {
    const { url, clientIds, thumbprints, createDate } = providerOf(input, 'oidc');
    return {
      answer: {
        Url: url,
        ClientIDList: clientIds,
        ThumbprintList: thumbprints,
        CreateDate: createDate,
        Tags: [],
      },
    };
  },
  ListOpenIDConnectProviders: (input) => {
    input.authorize('*');
    const list = ofKind(input.state, 'oidc');
    return { answer: { OpenIDConnectProviderList: list.map(({ arn }) => ({ Arn: arn })) } };
  },
};

/** And those that change them. */
export const providerWrites: Readonly<Record<string, IamOperation>> = {
  CreateSAMLProvider: (input) => {
    const arn = arnOf(input, 'saml', nameParam(input.params, 'Name', 128));
    input.authorize(arn);
    const metadata = metadataOf(input);
    const provider = { ...newProvider(input, 'saml', arn), metadata };
    const answer = { SAMLProviderArn: arn };
    return { next: withProvider(input.state, provider), answer, recorded: answer };
  },
  UpdateSAMLProvider: (input) => {
    const provider = { ...providerOf(input, 'saml'), metadata: metadataOf(input) };
    const answer = { SAMLProviderArn: provider.arn };
    return { next: withProvider(input.state, provider), answer, recorded: answer };
  },
  DeleteSAMLProvider: (input) => without(input, providerOf(input, 'saml')),
  CreateOpenIDConnectProvider: (input) => {
    const given = input.params.require('Url');
    const url = given.replace(/^https:\/\//, '');
    const arn = arnOf(input, 'oidc', url);
    input.authorize(arn);
    if (url === given) throw invalid('Invalid Open ID Connect Provider URL');
    const provider = {
      ...newProvider(input, 'oidc', arn),
      url,
      clientIds: input.params.list('ClientIDList') ?? [],
      thumbprints: input.params.list('ThumbprintList') ?? [],
    };
    const answer = { OpenIDConnectProviderArn: arn };
    return { next: withProvider(input.state, provider), answer, recorded: answer };
  },
  DeleteOpenIDConnectProvider: (input) => without(input, providerOf(input, 'oidc')),
  AddClientIDToOpenIDConnectProvider: (input) => {
    const provider = providerOf(input, 'oidc');
    const clientIds = [...new Set([...provider.clientIds, input.params.require('ClientID')])];
    return { next: withProvider(input.state, { ...provider, clientIds }) };
  },
  RemoveClientIDFromOpenIDConnectProvider: (input) => {
    const provider = providerOf(input, 'oidc');
    const id = input.params.require('ClientID');
    const clientIds = provider.clientIds.filter((one) => one !== id);
    return { next: withProvider(input.state, { ...provider, clientIds }) };
  },
  UpdateOpenIDConnectProviderThumbprint: (input) => {
    const provider = providerOf(input, 'oidc');
    const thumbprints = input.params.list('ThumbprintList') ?? [];
    return { next: withProvider(input.state, { ...provider, thumbprints }) };
  },
};

type Kind = IdentityProvider['kind'];

function newProvider(input: OperationInput, kind: Kind, arn: string): IdentityProvider {
  if (input.state.providers.has(arn)) throw alreadyExists(`Provider ${arn} already exists.`);
  return { kind, arn, createDate: input.world.clock(), clientIds: [], thumbprints: [] };
}

/** The provider that the request names by its ARN. */
function providerOf(input: OperationInput, kind: Kind): IdentityProvider {
  const arn = input.params.require(kind === 'saml' ? 'SAMLProviderArn' : 'OpenIDConnectProviderArn');
  input.authorize(arn);
  const provider = input.state.providers.get(arn);
  if (provider?.kind !== kind) throw noSuchEntity(`Manifest not found for arn ${arn}`);
  return provider;
}

const ofKind = (state: IamState, kind: Kind): IdentityProvider[] =>
  [...state.providers.values()].filter((provider) => provider.kind === kind);

function metadataOf(input: OperationInput): string {
  const metadata = input.params.require('SAMLMetadataDocument');
  if (metadata.length < 1000 || metadata.length > 10_000_000) {
    throw new AwsError(
      'ValidationError',
      "1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy constraint: Member must have length between 1000 and 10000000",
    );
  }
  return metadata;
}

const withProvider = (state: IamState, provider: IdentityProvider): IamState => ({
  ...state,
  providers: withEntry(state.providers, provider.arn, provider),
});

const without = ({ state }: OperationInput, { arn }: IdentityProvider) => ({
  next: { ...state, providers: withEntry(state.providers, arn, undefined) },
});

const arnOf = ({ world }: OperationInput, kind: Kind, name: string): string =>
  `arn:${world.partition}:iam::${world.accountId}:${kind}-provider/${name}`;

const invalid = (message: string): AwsError => new AwsError('InvalidInput', message);
