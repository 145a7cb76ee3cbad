"""Creates, reads, updates and destroys what a Terraform module of roles, users, queues, topics, rules and a bucket has, with the
calls that Terraform makes, in its order. Prints one JSON object: what was read in between, and what is left."""

import json
import os

import boto3
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


def client(name):
    return boto3.client(name, endpoint_url=ENDPOINT, region_name="us-east-1")


iam, sqs, sns, events, s3, rekognition = map(client, ("iam", "sqs", "sns", "events", "s3", "rekognition"))
account = client("sts").get_caller_identity()["Account"]
TAGS = [{"Key": "env", "Value": "test"}]


def policy(action):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    )


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def refused(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "accepted"


read = {}
iam.list_account_aliases()

# aws_iam_policy
arn = iam.create_policy(PolicyName="app", PolicyDocument=policy("rekognition:DetectFaces"), Tags=TAGS)["Policy"]["Arn"]


def read_policy():
    default = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    iam.list_policy_tags(PolicyArn=arn)
    return iam.get_policy_version(PolicyArn=arn, VersionId=default)["PolicyVersion"]["Document"]


read_policy()
iam.list_policy_versions(PolicyArn=arn)
iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("rekognition:DetectLabels"), SetAsDefault=True)
iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "team", "Value": "vision"}])
iam.untag_policy(PolicyArn=arn, TagKeys=["env"])
read["policy"] = read_policy()["Statement"][0]["Action"]
read["policy_tags"] = iam.list_policy_tags(PolicyArn=arn)["Tags"]

# aws_iam_role, aws_iam_role_policy, aws_iam_role_policy_attachment, aws_iam_instance_profile
iam.create_role(RoleName="app", Path="/app/", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"), Tags=TAGS)
iam.list_role_policies(RoleName="app")
iam.list_attached_role_policies(RoleName="app")
iam.update_assume_role_policy(RoleName="app", PolicyDocument=trust("ec2.amazonaws.com"))
iam.update_role(RoleName="app", MaxSessionDuration=7200)
iam.update_role_description(RoleName="app", Description="the application")
iam.tag_role(RoleName="app", Tags=[{"Key": "team", "Value": "vision"}])
iam.untag_role(RoleName="app", TagKeys=["env"])
iam.list_role_tags(RoleName="app")
iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=policy("rekognition:ListCollections"))
iam.get_role_policy(RoleName="app", PolicyName="inline")
iam.attach_role_policy(RoleName="app", PolicyArn=arn)
iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=arn)
iam.delete_role_permissions_boundary(RoleName="app")
iam.create_instance_profile(InstanceProfileName="app", Tags=TAGS)
iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
iam.tag_instance_profile(InstanceProfileName="app", Tags=[{"Key": "team", "Value": "vision"}])
iam.untag_instance_profile(InstanceProfileName="app", TagKeys=["env"])
role = iam.get_role(RoleName="app")["Role"]
read["role"] = {key: role[key] for key in ("Arn", "Description", "MaxSessionDuration", "Tags")}
read["profile_tags"] = iam.get_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Tags"]
iam.list_instance_profile_tags(InstanceProfileName="app")

# aws_iam_service_linked_role
linked = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com", Description="of tasks")["Role"]["RoleName"]
iam.update_role(RoleName=linked, Description="of the team's tasks")
iam.tag_role(RoleName=linked, Tags=TAGS)
iam.untag_role(RoleName=linked, TagKeys=["env"])
read["linked"] = iam.get_role(RoleName=linked)["Role"]["Description"]

# aws_iam_user, aws_iam_group and what binds them, aws_iam_access_key, aws_iam_user_login_profile
iam.create_user(UserName="ann", Tags=TAGS)
iam.update_user(UserName="ann", NewPath="/people/")
iam.create_group(GroupName="people")
iam.update_group(GroupName="people", NewPath="/people/")
iam.add_user_to_group(GroupName="people", UserName="ann")
iam.put_group_policy(GroupName="people", PolicyName="own", PolicyDocument=policy("rekognition:ListCollections"))
iam.get_group_policy(GroupName="people", PolicyName="own")
iam.attach_group_policy(GroupName="people", PolicyArn=arn)
iam.list_attached_group_policies(GroupName="people")
iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy("rekognition:ListCollections"))
iam.get_user_policy(UserName="ann", PolicyName="own")
iam.attach_user_policy(UserName="ann", PolicyArn=arn)
iam.list_attached_user_policies(UserName="ann")
key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
iam.update_access_key(UserName="ann", AccessKeyId=key, Status="Inactive")
read["key"] = iam.get_access_key_last_used(AccessKeyId=key)["UserName"]
iam.create_login_profile(UserName="ann", Password="correct horse battery 1!")
iam.get_login_profile(UserName="ann")
read["user"] = iam.get_user(UserName="ann")["User"]["Arn"]

# aws_sqs_queue, aws_sns_topic, aws_sns_topic_subscription, aws_cloudwatch_event_rule and its target
url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "60"}, tags={"env": "test"})["QueueUrl"]
sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "90"})
sqs.tag_queue(QueueUrl=url, Tags={"team": "vision"})
sqs.untag_queue(QueueUrl=url, TagKeys=["env"])
read["queue_tags"] = sqs.list_queue_tags(QueueUrl=url)["Tags"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
# aws_sqs_queue_policy, aws_sqs_queue_redrive_policy: both are taken away by an empty text
dead = sqs.create_queue(QueueName="jobs-dead", Attributes={"Policy": ""})["QueueUrl"]
dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
ANYBODY = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
SENDERS = json.dumps({"Version": "2012-10-17", "Statement": [{**ANYBODY, "Resource": queue["QueueArn"]}]})
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": SENDERS})
REDRIVE = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})
sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": REDRIVE})
both = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy", "RedrivePolicy"])["Attributes"]
read["queue_policies"] = both == {"Policy": SENDERS, "RedrivePolicy": REDRIVE}
for name in ("Policy", "RedrivePolicy"):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: ""})
both = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy", "RedrivePolicy"]).get("Attributes", {})
read["queue_policies_left"] = sorted(both)
sqs.delete_queue(QueueUrl=dead)
read["visibility"] = queue["VisibilityTimeout"]
topic = sns.create_topic(Name="news", Tags=TAGS)["TopicArn"]
sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
read["topic"] = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"]
sns.list_tags_for_resource(ResourceArn=topic)
subscription = sns.subscribe(
    TopicArn=topic, Protocol="sqs", Endpoint=queue["QueueArn"], ReturnSubscriptionArn=True
)["SubscriptionArn"]
sns.set_subscription_attributes(
    SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true"
)
FILTER = '{"severity":["high"]}'
sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=FILTER)
shown = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
read["filtered"] = shown["FilterPolicy"] == FILTER
events.describe_event_bus(Name="default")
RULE = {"Name": "changes", "EventPattern": '{"source": ["aws.iam"]}', "Description": "of IAM"}
rule = events.put_rule(**RULE, Tags=TAGS)["RuleArn"]
read["rule"] = events.describe_rule(Name="changes")["Description"]
events.disable_rule(Name="changes")
events.put_rule(**{**RULE, "Description": "what changes"}, State="ENABLED")
described = events.describe_rule(Name="changes")
read["rule_after"] = [described["Description"], described["State"]]
events.tag_resource(ResourceARN=rule, Tags=[{"Key": "team", "Value": "vision"}])
events.untag_resource(ResourceARN=rule, TagKeys=["env"])
read["rule_tags"] = events.list_tags_for_resource(ResourceARN=rule)["Tags"]
TARGET = {"Id": "1", "Arn": queue["QueueArn"], "InputPath": "$.detail", "RetryPolicy": {"MaximumRetryAttempts": 3}}
events.put_targets(Rule="changes", Targets=[TARGET])
read["target"] = events.list_targets_by_rule(Rule="changes")["Targets"] == [TARGET]

# aws_s3_bucket, aws_s3_bucket_policy, aws_s3_object
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}
TLS_ONLY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::lists/*", "Condition": INSECURE},
        ],
    }
)
s3.create_bucket(Bucket="lists")
s3.put_bucket_policy(Bucket="lists", Policy=TLS_ONLY)
read["bucket_policy"] = s3.get_bucket_policy(Bucket="lists")["Policy"] == TLS_ONLY
s3.delete_bucket_policy(Bucket="lists")
s3.put_object(Bucket="lists", Key="batch/1", Body=b"one")
read["objects"] = [one["Key"] for one in s3.list_objects_v2(Bucket="lists", Prefix="batch/")["Contents"]]
rekognition.create_collection(CollectionId="visitors", Tags={"env": "test"})
rekognition.describe_collection(CollectionId="visitors")

# destroy, dependents first
too_early = {
    "role": refused(iam.delete_role, RoleName="app"),
    "policy": refused(iam.delete_policy, PolicyArn=arn),
    "user": refused(iam.delete_user, UserName="ann"),
    "group": refused(iam.delete_group, GroupName="people"),
    "rule": refused(events.delete_rule, Name="changes"),
}
rekognition.delete_collection(CollectionId="visitors")
s3.delete_object(Bucket="lists", Key="batch/1")
s3.delete_bucket(Bucket="lists")
events.remove_targets(Rule="changes", Ids=["1"])
events.delete_rule(Name="changes")
sns.unsubscribe(SubscriptionArn=subscription)
sns.delete_topic(TopicArn=topic)
sqs.delete_queue(QueueUrl=url)
deletion = iam.delete_service_linked_role(RoleName=linked)["DeletionTaskId"]
iam.get_service_linked_role_deletion_status(DeletionTaskId=deletion)
iam.detach_user_policy(UserName="ann", PolicyArn=arn)
iam.delete_user_policy(UserName="ann", PolicyName="own")
iam.delete_login_profile(UserName="ann")
for owned in iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]:
    iam.delete_access_key(UserName="ann", AccessKeyId=owned["AccessKeyId"])
for group in iam.list_groups_for_user(UserName="ann")["Groups"]:
    iam.remove_user_from_group(GroupName=group["GroupName"], UserName="ann")
iam.list_ssh_public_keys(UserName="ann")
iam.list_mfa_devices(UserName="ann")
iam.list_virtual_mfa_devices(AssignmentStatus="Any")
iam.list_signing_certificates(UserName="ann")
iam.list_service_specific_credentials(UserName="ann")
iam.delete_user(UserName="ann")
iam.detach_group_policy(GroupName="people", PolicyArn=arn)
iam.delete_group_policy(GroupName="people", PolicyName="own")
iam.delete_group(GroupName="people")
for profile in iam.list_instance_profiles_for_role(RoleName="app")["InstanceProfiles"]:
    iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName="app")
iam.delete_instance_profile(InstanceProfileName="app")
iam.detach_role_policy(RoleName="app", PolicyArn=arn)
iam.delete_role_policy(RoleName="app", PolicyName="inline")
iam.delete_role(RoleName="app")
for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
    if not version["IsDefaultVersion"]:
        iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
iam.delete_policy(PolicyArn=arn)

gone = {
    "role": refused(iam.get_role, RoleName="app"),
    "policy": refused(iam.get_policy, PolicyArn=arn),
    "user": refused(iam.get_user, UserName="ann"),
    "group": refused(iam.get_group, GroupName="people"),
    "linked": refused(iam.get_role, RoleName=linked),
    "profile": refused(iam.get_instance_profile, InstanceProfileName="app"),
    "queue": refused(sqs.get_queue_url, QueueName="jobs"),
    "topic": refused(sns.get_topic_attributes, TopicArn=topic),
    "rule": refused(events.describe_rule, Name="changes"),
    "topics": sns.list_topics()["Topics"],
    "bucket": refused(s3.head_bucket, Bucket="lists"),
    "collection": refused(rekognition.describe_collection, CollectionId="visitors"),
}
print(json.dumps({"account": account, "read": read, "too_early": too_early, "gone": gone}))
