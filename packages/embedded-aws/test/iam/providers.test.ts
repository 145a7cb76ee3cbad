import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteSAMLProviderCommand,
  GetOpenIDConnectProviderCommand,
  GetSAMLProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListSAMLProvidersCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startWritable, type WritableAccount } from './writable-account.ts';

let local: WritableAccount;
beforeEach(async () => {
  local = await startWritable(() => new Date());
});
afterEach(() => local.aws.stop());

const writes = () => local.calls.filter(({ readOnly }) => !readOnly).map(({ operation }) => operation);

it('keeps SAML providers, and tells of each change', async () => {
  const { iam } = local;
  const metadata = (text: string) => `<EntityDescriptor>${text.padEnd(1000, ' ')}</EntityDescriptor>`;
  const { SAMLProviderArn } = await iam.send(
    new CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument: metadata('one') }),
  );
  expect(SAMLProviderArn).toBe('arn:aws:iam::123456789012:saml-provider/corp');
  expect(local.calls.at(-1)?.responseElements).toEqual({ sAMLProviderArn: SAMLProviderArn });
  await iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn, SAMLMetadataDocument: metadata('two') }));
  const shown = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
  expect(shown.SAMLMetadataDocument).toContain('two');
  expect((await iam.send(new ListSAMLProvidersCommand({}))).SAMLProviderList).toHaveLength(1);
  await iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
  await expect(iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
  expect(writes()).toEqual(['CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider']);
});

it('keeps OpenID Connect providers with their audiences, and tells of each change', async () => {
  const { iam } = local;
  const Url = 'https://token.actions.githubusercontent.com';
  const create = new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com'] });
  const { OpenIDConnectProviderArn } = await iam.send(create);
  expect(OpenIDConnectProviderArn).toBe(
    'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
  );
  await expect(iam.send(create)).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
  const arn = { OpenIDConnectProviderArn };
  await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...arn, ClientID: 'other' }));
  await iam.send(
    new RemoveClientIDFromOpenIDConnectProviderCommand({ ...arn, ClientID: 'sts.amazonaws.com' }),
  );
  const ThumbprintList = ['a'.repeat(40)];
  await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...arn, ThumbprintList }));
  expect(await iam.send(new GetOpenIDConnectProviderCommand(arn))).toMatchObject({
    Url: 'token.actions.githubusercontent.com',
    ClientIDList: ['other'],
    ThumbprintList,
  });
  const list = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  expect(list.OpenIDConnectProviderList).toEqual([{ Arn: OpenIDConnectProviderArn }]);
  await iam.send(new DeleteOpenIDConnectProviderCommand(arn));
  expect(writes().at(-1)).toBe('DeleteOpenIDConnectProvider');
});
