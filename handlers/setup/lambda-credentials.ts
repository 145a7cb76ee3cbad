import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Lambda hands a function the credentials of its role in environment variables, and `sam local invoke` does the same.
 * The build puts this in the place of @aws-sdk/credential-provider-node, whose other sources (profiles, SSO, container
 * and instance metadata) are a quarter of what the SDK weighs. Source: AWS Lambda Developer Guide, "Defined runtime
 * environment variables".
 */
export const defaultProvider = fromEnv;
