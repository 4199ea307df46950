"""Measures Jupyter kernels through jupyter_client. Reads one JSON request a line, answers one a line."""

import json
import math
import queue
import signal
import statistics
import sys
import tempfile
import time

import psutil
import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec

LINES = 100_000


class Unavailable(Exception):
    """Why there is no measurement."""


class Manager(KernelManager):
    argv: list = []

    @property
    def kernel_spec(self):
        return KernelSpec(argv=self.argv, display_name="peer", language="x")

    async def _async_launch_kernel(self, command, **options):
        self.launched = time.perf_counter()
        await super()._async_launch_kernel(command, **options)


class Kernel:
    def __init__(self, argv, cwd):
        self.context = zmq.Context()
        # ZeroMQ would try again only every 100 ms while the kernel isn't listening yet, and drop what a client
        # is too slow to read.
        self.context.setsockopt(zmq.RECONNECT_IVL, 1)
        self.context.setsockopt(zmq.RCVHWM, 0)
        self.context.setsockopt(zmq.SNDHWM, 0)
        self.manager = Manager(context=self.context)
        self.manager.argv = argv
        self.log = tempfile.TemporaryFile("w+", errors="replace")
        self.manager.start_kernel(cwd=cwd, stdout=self.log, stderr=self.log)
        self.process = self.manager.provisioner.process
        self.client = self.manager.client()
        self.client.start_channels(hb=False, stdin=False)
        self.shell, self.iopub, self.control = (
            channel.socket
            for channel in (self.client.shell_channel, self.client.iopub_channel, self.client.control_channel)
        )

    def send(self, socket, kind, content):
        """Sends a request; answers its id."""
        message = self.client.session.send(socket, kind, content)
        return message["header"]["msg_id"]

    def receive(self, socket, msg_ids, timeout):
        """The next message that belongs to one of the requests: its request, and the header's and content's bytes."""
        deadline = time.perf_counter() + timeout
        while True:
            left = deadline - time.perf_counter()
            # A short wait at a time, to notice a kernel that died.
            if socket.poll(max(0, min(left, 0.5)) * 1000):
                _, frames = self.client.session.feed_identities(socket.recv_multipart())
                _, header, parent, _, content = frames[:5]
                for msg_id in msg_ids:
                    if msg_id.encode() in parent:
                        return msg_id, header, content
            elif self.process.poll() is not None:
                raise Unavailable(self.ending())
            elif left <= 0:
                raise queue.Empty

    def ending(self):
        """How the process came to its end."""
        code = self.process.returncode
        if code < 0:
            return f"the kernel was ended by {signal.Signals(-code).name}"
        self.log.seek(0)
        lines = self.log.read().strip().splitlines()
        said = [line for line in lines if "Error" in line][:1] or lines[-1:]
        return ": ".join([f"the kernel exited with code {code}", *said])

    def reply(self, msg_id, timeout=30):
        try:
            return json.loads(self.receive(self.shell, [msg_id], timeout)[2])
        except queue.Empty:
            raise Unavailable(f"no reply within {timeout} s") from None

    def outputs(self, msg_id, timeout):
        """The contents of a request's messages as bytes, by arrival, and whether its idle came."""
        found = []
        try:
            while True:
                _, header, content = self.receive(self.iopub, [msg_id], timeout)
                if b'"status"' not in header:
                    found.append((header, content))
                elif b'"idle"' in content:
                    return found, True
        except queue.Empty:
            return found, False

    def connect(self):
        """Waits until the kernel's output reaches this client: it may have published before it was subscribed."""
        for _ in range(100):
            msg_id = self.send(self.shell, "kernel_info_request", {})
            self.reply(msg_id, 15)
            if self.outputs(msg_id, 0.2)[1]:
                return
        raise Unavailable("no idle status")

    def execute(self, code):
        return self.send(self.shell, "execute_request", {
            "code": code, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": False,
        })

    def run(self, code, timeout=60):
        """Milliseconds from the request to its reply, and to its idle: infinite where that doesn't come."""
        started = time.perf_counter()
        msg_id = self.execute(code)
        content = self.reply(msg_id, timeout)
        replied = time.perf_counter()
        if content["status"] != "ok":
            raise Unavailable(f"`{code}` failed: {content.get('ename')}: {content.get('evalue')}")
        idle = self.outputs(msg_id, 3)[1]
        ended = time.perf_counter() if idle else math.inf
        return (replied - started) * 1000, (ended - started) * 1000

    def complete(self, code):
        return self.send(self.shell, "complete_request", {"code": code, "cursor_pos": len(code)})

    def close(self):
        try:
            self.client.stop_channels()
            self.manager.shutdown_kernel(now=True)
        finally:
            self.context.destroy(linger=0)
            self.log.close()


class Peer:
    """One kernel under measurement, started anew for each case; for a round only where the case asks for it."""

    def __init__(self, name, spec):
        self.name = name
        self.spec = spec
        self.kernel = None
        self.case = None
        self.counter = 0
        # What a measurement found besides its own number, for the cases after it.
        self.noted = {"lines_delivered": [], "lines_in_order": [], "idle_memory_shared_once": []}

    def start(self):
        self.close()
        self.kernel = Kernel(self.spec["argv"], self.spec["cwd"])
        return self.kernel

    def start_for(self, use):
        """Starts the kernel and uses it; twice, as another program may take a port before the kernel does."""
        try:
            return use(self.start())
        except Unavailable as error:
            print(f"{self.name}: {error}; started again", file=sys.stderr)
            return use(self.start())

    def close(self):
        kernel, self.kernel = self.kernel, None
        if kernel:
            kernel.close()

    def measure(self, measurement, args):
        # In a long session tslab loses replies, which would be put down to the case it happens in.
        if self.case != (measurement, args):
            self.close()
        self.case = (measurement, args)
        try:
            return getattr(self, measurement)(*args)
        except Exception:
            self.close()  # what it was doing is unknown now
            raise

    def ready(self):
        if not self.kernel:
            self.start_for(Kernel.connect)
            self.kernel.run(self.spec["first"])
        return self.kernel

    def imported(self):
        if self.spec["importTensorflow"] is None:
            raise Unavailable("no TensorFlow.js")
        kernel = self.ready()
        if not getattr(kernel, "imported", False):
            kernel.run(self.spec["importTensorflow"], timeout=120)
            kernel.imported = True
        return kernel

    def note(self, name, measure):
        if not self.noted[name]:
            measure()
        return self.noted[name].pop(0)

    def cold_start(self):
        def first_reply(kernel):
            # The request waits in the socket until the kernel listens.
            content = kernel.reply(kernel.execute("1+1"), 15)
            took = (time.perf_counter() - kernel.manager.launched) * 1000
            if content["status"] != "ok":
                raise Unavailable(f"`1+1` failed: {content.get('evalue')}")
            return took

        took = self.start_for(first_reply)
        self.close()
        return took

    def trivial_cell(self, until):
        kernel = self.ready()
        took = statistics.median(kernel.run("1+1")[until == "idle"] for _ in range(30))
        if took == math.inf:
            raise Unavailable("no idle")
        return took

    def tensor_cell(self):
        kernel = self.imported()
        took = []
        for _ in range(10):
            self.counter += 1
            took.append(kernel.run(f"const t{self.counter} = tf.add(tf.ones([2, 2]), {self.counter})")[0])
        return statistics.median(took)

    def completion(self, code, expected, again):
        """`again`: of the same cell each time, so that a remembered answer will do; it changes when one types."""
        kernel = self.ready()
        took = []
        for _ in range(10):
            self.counter += 1
            started = time.perf_counter()
            content = kernel.reply(kernel.complete(code if again else f"{self.counter}; {code}"))
            took.append((time.perf_counter() - started) * 1000)
            if not any(match.split(".")[-1] == expected for match in content.get("matches", [])):
                raise Unavailable(f"`{expected}` isn't offered")
        return statistics.median(took)

    def math_completion(self, again):
        return self.completion(self.spec["math"], "sqrt", again)

    def tensor_completion(self, again):
        self.imported()
        return self.completion("tf.", "matMul", again)

    def completion_while_running(self):
        kernel = self.ready()
        running = kernel.execute(self.spec["busy"])
        time.sleep(0.2)
        started = time.perf_counter()
        first, _, content = kernel.receive(kernel.shell, [running, kernel.complete(self.spec["math"])], 10)
        took = (time.perf_counter() - started) * 1000
        if first == running:
            raise Unavailable("answers when the cell has ended")
        if not json.loads(content).get("matches"):
            raise Unavailable("answers with nothing")
        kernel.reply(running)
        kernel.outputs(running, 5)
        return took

    def interrupt(self):
        kernel = self.ready()
        msg_id = kernel.execute(self.spec["spin"])
        time.sleep(0.5)
        if kernel.shell.poll(0):
            raise Unavailable("the loop didn't run")
        started = time.perf_counter()
        if self.spec["interrupt"] == "signal":
            kernel.process.send_signal(signal.SIGINT)
        else:
            kernel.send(kernel.control, "interrupt_request", {})
        kernel.reply(msg_id, 5)
        took = (time.perf_counter() - started) * 1000
        # tslab refuses what comes within 200 ms of an error.
        time.sleep(0.3)
        kernel.run("1+1")
        return took

    def lines(self):
        kernel = self.ready()
        started = time.perf_counter()
        msg_id = kernel.execute(self.spec["lines"].replace("COUNT", str(LINES)))
        found, idle = kernel.outputs(msg_id, 10)
        took = (time.perf_counter() - started) * 1000
        self.close()
        streams = [json.loads(content)["text"] for header, content in found if b'"stream"' in header]
        lines = "".join(streams).splitlines()
        position = 0
        for line in lines:
            if line == f"line {position}":
                position += 1
        self.noted["lines_in_order"].append(position)
        self.noted["lines_delivered"].append(len({f"line {i}" for i in range(LINES)}.intersection(lines)))
        if not idle:
            raise Unavailable("no idle")
        return took

    def lines_delivered(self):
        return self.note("lines_delivered", self._try_lines)

    def lines_in_order(self):
        return self.note("lines_in_order", self._try_lines)

    def _try_lines(self):
        try:
            self.lines()
        except Unavailable:
            pass

    def idle_memory(self):
        self.close()
        kernel = self.ready()
        time.sleep(3)
        root = psutil.Process(kernel.process.pid)
        memory = [process.memory_full_info() for process in [root, *root.children(recursive=True)]]
        self.close()
        if hasattr(memory[0], "pss"):
            self.noted["idle_memory_shared_once"].append(sum(m.pss for m in memory) / 1e6)
        return sum(m.rss for m in memory) / 1e6

    def idle_memory_shared_once(self):
        if not hasattr(psutil.Process().memory_full_info(), "pss"):
            raise Unavailable("not known on this system")
        return self.note("idle_memory_shared_once", self.idle_memory)


peers = {}


def answer(request):
    if request["do"] == "add":
        peers[request["name"]] = Peer(request["name"], request["spec"])
        return 0
    return peers[request["name"]].measure(request["do"], request["args"])


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
try:
    for line in sys.stdin:
        try:
            result = {"value": answer(json.loads(line))}
        except Exception as error:
            result = {"error": str(error) or type(error).__name__}
        print(json.dumps(result), flush=True)
finally:
    for peer in peers.values():
        peer.close()
