"""Reads what `doctor` needs of a deployed stack with the caller's own AWS credentials: stack.py STACK

Prints {"region": name, "outputs": {}, "parameters": {}, "secrets": {name: text}} or {"failed": why}.
"""

import json
import sys

import boto3
import botocore.exceptions
from botocore.config import Config

BOUNDED = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3})


def read(stack):
    described = boto3.client("cloudformation", config=BOUNDED).describe_stacks(StackName=stack)["Stacks"][0]
    vault = boto3.client("secretsmanager", config=BOUNDED)
    secrets = {}
    pages = vault.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [f"{stack}/"]}])
    for page in pages:
        for entry in page["SecretList"]:
            name = entry["Name"]
            if name.startswith(f"{stack}/"):
                secrets[name] = vault.get_secret_value(SecretId=name).get("SecretString", "")
    return {
        "region": boto3.session.Session().region_name,
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])},
        "parameters": {given["ParameterKey"]: given["ParameterValue"] for given in described.get("Parameters", [])},
        "secrets": secrets,
    }


try:
    print(json.dumps(read(sys.argv[1])))
except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as cause:
    print(json.dumps({"failed": str(cause)}))
