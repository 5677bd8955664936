"""Dialogues as mistral-common renders them."""

import json
import pathlib

import oracle
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer


def rendered(file, version, folder):
    """Messages, tools and ids of each dialogue, with the vocabulary of a file as of a version."""
    tekken = json.loads(pathlib.Path(file).read_text())
    tekken["config"]["version"] = version
    tekken.pop("image", None)
    copy = pathlib.Path(folder, f"tekken-{version}.json")
    copy.write_text(json.dumps(tekken))
    tokenizer = MistralTokenizer.from_file(str(copy))
    result = []
    for messages, tools in oracle.dialogues() + (oracle.dialogues_of_v7() if version == "v7" else []):
        request = ChatCompletionRequest(messages=messages, tools=tools or None, model="m")
        result.append((messages, tools, tokenizer.encode_chat_completion(request).tokens))
    return result
