import { DescribeOrganizationCommand, type OrganizationsClient } from '@aws-sdk/client-organizations';

/**
 * The management account of the organization that the caller's account is in. Undefined where it is in none, and where
 * nobody can tell: the caller may not ask, or AWS does not answer. The permission is organizations:DescribeOrganization.
 */
export async function managementAccountOf(client: OrganizationsClient): Promise<string | undefined> {
  try {
    const { Organization } = await client.send(new DescribeOrganizationCommand());
    return Organization?.MasterAccountId;
  } catch {
    return undefined;
  }
}
