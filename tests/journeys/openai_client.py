"""Uses the API through OpenAI's official client, unmodified, and prints what each call gave as JSON."""

import asyncio
import json
import os

import openai

BASE_URL = os.environ["BASE_URL"]
MODEL = "gpt-4o-mini"
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

client = openai.OpenAI(base_url=BASE_URL, api_key=os.environ["API_KEY"])


def user(content):
    return [{"role": "user", "content": content}]


def chat():
    completion = client.chat.completions.create(model=MODEL, messages=user("Hello there"), seed=1)
    return {"content": completion.choices[0].message.content, "total_tokens": completion.usage.total_tokens}


def stream():
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=user("Hello there"), stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    return {"content": text, "chunks": len(chunks), "total_tokens": chunks[-1].usage.total_tokens}


def tools():
    messages = user("Use get_weather")
    called = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL]).choices[0]
    call = called.message.tool_calls[0]
    result = {"role": "tool", "tool_call_id": call.id, "content": "Rain"}
    told = client.chat.completions.create(model=MODEL, messages=[*messages, called.message, result], tools=[TOOL])
    return {
        "finish_reason": called.finish_reason,
        "arguments": json.loads(call.function.arguments),
        "content": told.choices[0].message.content,
    }


def streamed_tools():
    with client.chat.completions.stream(model=MODEL, messages=user("Use get_weather"), tools=[TOOL]) as events:
        for _ in events:
            pass
        call = events.get_final_completion().choices[0].message.tool_calls[0]
    return {"name": call.function.name, "arguments": json.loads(call.function.arguments)}


def knowledge():
    completion = client.chat.completions.create(
        model=f"knowledge/{MODEL}", messages=user("What does the crane lift?")
    )
    return {"content": completion.choices[0].message.content, "citations": completion.model_extra["citations"]}


def embeddings():
    model = "text-embedding-3-small"
    packed = client.embeddings.create(model=model, input=["sea", "ship"])
    floats = client.embeddings.create(model=model, input=["sea", "ship"], encoding_format="float")
    return {
        "dimensions": [len(item.embedding) for item in packed.data],
        "same": [item.embedding for item in packed.data] == [item.embedding for item in floats.data],
        "total_tokens": packed.usage.total_tokens,
    }


def models():
    listed = [model.id for model in client.models.list()]
    return {"listed": MODEL in listed, "found": client.models.retrieve(f"knowledge/{MODEL}").id}


def errors():
    stranger = client.with_options(api_key="tc_live_" + "a" * 38)
    poor = client.with_options(api_key=os.environ["POOR_KEY"])
    calls = {
        "wrong key": lambda: stranger.models.list(),
        "two answers": lambda: client.chat.completions.create(model=MODEL, messages=user("Hi"), n=2),
        "no messages": lambda: client.chat.completions.create(model=MODEL, messages=[]),
        "no such model": lambda: client.models.retrieve("nothing"),
        "no such endpoint": lambda: client.post("/nothing", cast_to=object),
        "quota used up": lambda: poor.chat.completions.create(model=MODEL, messages=user("Hi")),
        "quota used up, streamed": lambda: poor.chat.completions.create(
            model=MODEL, messages=user("Hi"), stream=True
        ),
    }
    return {name: failure_of(call) for name, call in calls.items()}


def failure_of(call):
    try:
        call()
    except openai.APIStatusError as error:
        return {
            "error": type(error).__name__,
            "status": error.status_code,
            "code": error.code,
            "param": error.param,
            "named": error.request_id is not None,
        }
    return None


def cancellation():
    return asyncio.run(cancel_stream())


async def cancel_stream():
    seen = asyncio.Event()
    async with openai.AsyncOpenAI(base_url=BASE_URL, api_key=os.environ["API_KEY"]) as awaiting:

        async def read():
            chunks = await awaiting.chat.completions.create(
                model=MODEL, messages=user("Write 60 words"), stream=True
            )
            async for chunk in chunks:
                if chunk.choices and chunk.choices[0].delta.content:
                    seen.set()

        reading = asyncio.create_task(read())
        await seen.wait()
        reading.cancel()
        cancelled = (await asyncio.gather(reading, return_exceptions=True))[0]
        models = await awaiting.models.list()
    return {"cancelled": type(cancelled).__name__, "usable": len(models.data) > 0}


CALLS = [chat, stream, tools, streamed_tools, knowledge, embeddings, models, errors, cancellation]
print(json.dumps({call.__name__: call() for call in CALLS}))
