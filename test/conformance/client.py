"""A real Jupyter client for the suites: jupyter_client, driven by JSON lines.

A line in is a request, {"id": 1, "op": "send", ...}; its answer is {"id": 1, "result": ...} or {"id": 1, "error": text}.
Every message that a kernel sends comes out as {"event": "message", "kernel": n, "channel": name, ...}, with the second
at which it arrived; "send" answers with the second at which the request left. When the input ends, so do the kernels.
"""

import asyncio
import base64
import json
import os
import sys
import tempfile
import time

import psutil
import zmq
import zmq.asyncio
from jupyter_client.jsonutil import json_default
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

CHANNELS = ("shell", "control", "iopub", "stdin")


def emit(line):
    sys.stdout.buffer.write(json.dumps(line, default=json_default).encode() + b"\n")
    sys.stdout.buffer.flush()


def described(process):
    with process.oneshot():
        return {"pid": process.pid, "created": process.create_time(), "command": process.cmdline()}


class Kernel:
    def __init__(self, number, request):
        self.number = number
        self.request = request
        self.folder = tempfile.TemporaryDirectory(prefix="quire-client-")
        self.manager = AsyncKernelManager(
            transport=request.get("transport", "tcp"),
            connection_file=os.path.join(self.folder.name, "connection.json"),
        )
        if self.manager.transport == "ipc":
            self.manager.ip = os.path.join(self.folder.name, "socket")
        # So that a kernel that hangs is seen as one that hangs, and not as one that was killed in time.
        self.manager.shutdown_wait_time = 10
        self.manager._kernel_spec = KernelSpec(
            argv=request["argv"],
            display_name="under test",
            language="typescript",
            interrupt_mode=request.get("interruptMode", "message"),
        )
        self.client = None
        self.readers = []
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")

    async def start(self):
        if "connectionFileMode" in self.request:
            self.manager.write_connection_file()
            os.chmod(self.manager.connection_file, self.request["connectionFileMode"])
        await self.manager.start_kernel(
            cwd=self.request.get("cwd"),
            env={**os.environ, **self.request.get("env", {})},
            stdout=self.log,
            stderr=self.log,
        )
        self.client = self.manager.client()
        self.client.start_channels(hb=True)
        self.client.hb_channel.unpause()
        self.readers = [
            asyncio.create_task(self.read(name, getattr(self.client, f"{name}_channel").socket)) for name in CHANNELS
        ]
        return {
            "kernel": self.number,
            "pid": self.manager.provisioner.pid,
            "connectionFile": self.manager.connection_file,
            "connection": json.load(open(self.manager.connection_file)),
            "session": self.client.session.session,
        }

    async def read(self, channel, socket):
        session = self.client.session
        while True:
            frames = await socket.recv_multipart()
            at = time.monotonic()
            try:
                _, rest = session.feed_identities(frames)
                message = session.deserialize(rest)
            except Exception as error:
                emit({"event": "bad", "kernel": self.number, "channel": channel, "error": repr(error)})
                continue
            emit(
                {
                    "event": "message",
                    "kernel": self.number,
                    "channel": channel,
                    "at": at,
                    "header": message["header"],
                    "parent_header": message["parent_header"],
                    "metadata": message["metadata"],
                    "content": message["content"],
                    "buffers": [base64.b64encode(buffer).decode() for buffer in message["buffers"]],
                }
            )

    def socket(self, channel):
        return getattr(self.client, f"{channel}_channel").socket

    async def send(self, channel, type, content, metadata=None, parent=None, buffers=()):
        session = self.client.session
        message = session.msg(type, content, parent=parent, metadata=metadata)
        sent = time.monotonic()
        frames = session.serialize(message) + [base64.b64decode(buffer) for buffer in buffers]
        # Not Session.send: what it does to an asyncio socket can hide an answer that has arrived.
        await self.socket(channel).send_multipart(frames)
        return {"id": message["header"]["msg_id"], "sent": sent}

    async def ping(self, timeout):
        socket = zmq.asyncio.Context.instance().socket(zmq.REQ)
        socket.linger = 0
        try:
            connection = self.manager.get_connection_info()
            separator = ":" if connection["transport"] == "tcp" else "-"
            socket.connect(f"{connection['transport']}://{connection['ip']}{separator}{connection['hb_port']}")
            start = time.monotonic()
            await socket.send(b"are you there")
            answer = await asyncio.wait_for(socket.recv(), timeout)
            return {"seconds": time.monotonic() - start, "echo": answer == b"are you there"}
        finally:
            socket.close()

    def processes(self):
        pid = self.manager.provisioner.pid if self.manager.provisioner else None
        if pid is None or not psutil.pid_exists(pid):
            return []
        kernel = psutil.Process(pid)
        found = []
        for process in [kernel, *kernel.children(recursive=True)]:
            try:
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(described(process))
            except psutil.NoSuchProcess:
                pass
        return found

    async def stop(self):
        """Ends what is left, whatever state it is in."""
        left = self.processes()
        for reader in self.readers:
            reader.cancel()
        if self.client:
            self.client.stop_channels()
        if await self.manager.is_alive():
            await self.manager.shutdown_kernel(now=True)
        for one in living(left):
            psutil.Process(one["pid"]).kill()
        self.log.close()
        self.folder.cleanup()


def living(processes):
    """Those that still run; a number that another process has since taken isn't one of them."""
    found = []
    for one in processes:
        try:
            process = psutil.Process(one["pid"])
            if process.create_time() == one["created"] and process.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except psutil.NoSuchProcess:
            pass
    return found


kernels = {}


async def perform(request):
    op = request["op"]
    if op == "start":
        kernel = Kernel(len(kernels) + 1, request)
        kernels[kernel.number] = kernel
        return await kernel.start()
    if op == "living":
        return living(request["processes"])

    kernel = kernels[request["kernel"]]
    if op == "send":
        names = ("channel", "type", "content", "metadata", "parent", "buffers")
        return await kernel.send(**{name: request[name] for name in names if request.get(name) is not None})
    if op == "raw":
        frames = [base64.b64decode(frame) for frame in request["frames"]]
        await kernel.socket(request["channel"]).send_multipart(frames)
        return None
    if op == "ping":
        return await kernel.ping(request.get("timeout", 5))
    if op == "beating":
        return kernel.client.hb_channel.is_beating()
    if op == "alive":
        return await kernel.manager.is_alive()
    if op == "processes":
        return kernel.processes()
    if op == "log":
        with open(kernel.log.name, encoding="utf8", errors="replace") as file:
            return file.read()
    if op == "mode":
        return os.stat(kernel.manager.connection_file).st_mode & 0o777
    if op == "interrupt":
        # As a server does it, by the way that the kernelspec names.
        kernel.manager.kernel_spec.interrupt_mode = request["mode"]
        sent = time.monotonic()
        await kernel.manager.interrupt_kernel()
        return {"sent": sent}
    if op == "signal":
        os.kill(kernel.manager.provisioner.pid, request["number"])
        return None
    if op == "shutdown":
        await kernel.manager.shutdown_kernel()
        return None
    if op == "restart":
        await kernel.manager.restart_kernel()
        return {"pid": kernel.manager.provisioner.pid}
    if op == "stop":
        del kernels[kernel.number]
        await kernel.stop()
        return None
    raise ValueError(f"no operation {op}")


async def answer(request):
    try:
        emit({"id": request["id"], "result": await perform(request)})
    except Exception as error:
        emit({"id": request["id"], "error": f"{type(error).__name__}: {error}"})


async def main():
    reader = asyncio.StreamReader(limit=1 << 30)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks = set()
    while line := await reader.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    for kernel in list(kernels.values()):
        await kernel.stop()


asyncio.run(main())
os._exit(0)
