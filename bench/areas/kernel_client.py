"""Measures Jupyter kernels through jupyter_client. Reads one JSON request a line, answers one a line."""

import json
import os
import statistics
import sys
import time

import psutil
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec


class Manager(KernelManager):
    argv: list = []

    @property
    def kernel_spec(self):
        return KernelSpec(argv=self.argv, display_name="peer", language="x", interrupt_mode="message")


class Kernel:
    def __init__(self, argv, cwd, env):
        self.manager = Manager()
        self.manager.argv = argv
        self.started = time.perf_counter()
        self.manager.start_kernel(cwd=cwd, env={**os.environ, **(env or {})})
        self.client = self.manager.client()
        self.client.start_channels(hb=False)
        for channel in (self.client.iopub_channel, self.client.shell_channel):
            channel.socket.set_hwm(0)

    def send(self, channel, kind, content):
        message = self.client.session.msg(kind, content)
        channel.send(message)
        return message["header"]["msg_id"]

    def reply(self, msg_id, timeout=30):
        end = time.perf_counter() + timeout
        while True:
            message = self.client.get_shell_msg(timeout=max(0.01, end - time.perf_counter()))
            if message["parent_header"].get("msg_id") == msg_id:
                return message["content"]

    def execute(self, code):
        content = {
            "code": code, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": False,
        }
        return self.send(self.client.shell_channel, "execute_request", content)

    def outputs(self, msg_id, timeout=60):
        """All messages of a request up to its idle; None at the end where idle never comes."""
        found = []
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=timeout)
            except Exception:
                return found, False
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            if message["msg_type"] == "status":
                if message["content"]["execution_state"] == "idle":
                    return found, True
            else:
                found.append(message)

    def timed(self, msg_id, started, timeout=30):
        content = self.reply(msg_id, timeout)
        return (time.perf_counter() - started) * 1000, content

    def run(self, code, timeout=60):
        started = time.perf_counter()
        msg_id = self.execute(code)
        took, content = self.timed(msg_id, started, timeout)
        if content["status"] != "ok":
            raise RuntimeError(f"{code!r} failed: {content.get('ename')}: {content.get('evalue')}")
        self.outputs(msg_id, timeout)
        return took

    def request(self, kind, content, timeout=30):
        started = time.perf_counter()
        msg_id = self.send(self.client.shell_channel, kind, content)
        return self.timed(msg_id, started, timeout)

    def memory(self):
        process = psutil.Process(self.manager.provisioner.process.pid)
        return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 1e6

    def close(self):
        try:
            self.client.stop_channels()
            self.manager.shutdown_kernel(now=True)
        except Exception:
            pass


class Peer:
    """One kernel under measurement; started anew only where a case asks for it."""

    def __init__(self, spec):
        self.spec = spec
        self.kernel = None
        self.counter = 0

    def start(self):
        self.close()
        self.kernel = Kernel(self.spec["argv"], self.spec["cwd"], self.spec.get("env"))
        return self.kernel

    def close(self):
        if self.kernel:
            self.kernel.close()
        self.kernel = None

    def ready(self):
        if not self.kernel:
            self.start().run("1+1")
        return self.kernel

    def cold_start(self):
        kernel = self.start()
        # The request waits in the socket until the kernel listens.
        took, content = kernel.timed(kernel.execute("1+1"), kernel.started)
        assert content["status"] == "ok", content
        return took

    def idle_memory(self):
        kernel = self.start()
        kernel.run("1+1")
        time.sleep(3)
        return kernel.memory()

    def trivial_cell(self):
        kernel = self.ready()
        return statistics.median(kernel.run("1+1") for _ in range(30))

    def completion(self, code):
        kernel = self.ready()
        took = []
        for _ in range(10):
            ms, content = kernel.request("complete_request", {"code": code, "cursor_pos": len(code)})
            if content.get("status") != "ok" or not content.get("matches"):
                raise RuntimeError("no completions")
            took.append(ms)
        return statistics.median(took)

    def tensor_cell(self):
        kernel = self.imported()
        took = []
        for _ in range(10):
            self.counter += 1
            took.append(kernel.run(f"const t{self.counter} = tf.add(tf.ones([2, 2]), {self.counter})"))
        return statistics.median(took)

    def imported(self):
        kernel = self.ready()
        if not getattr(kernel, "imported", False):
            kernel.run(self.spec["import_tensorflow"], timeout=120)
            kernel.imported = True
        return kernel

    def tensor_completion(self):
        self.imported()
        return self.completion("tf.")

    def completion_while_running(self):
        kernel = self.ready()
        running = kernel.execute(self.spec["busy"])
        time.sleep(0.2)
        started = time.perf_counter()
        msg_id = kernel.send(kernel.client.shell_channel, "complete_request", {"code": self.spec["math"], "cursor_pos": 5})
        seen_end = False
        while True:
            message = kernel.client.get_shell_msg(timeout=30)
            parent = message["parent_header"].get("msg_id")
            if parent == running:
                seen_end = True
            if parent == msg_id:
                break
        took = (time.perf_counter() - started) * 1000
        if not seen_end:
            kernel.reply(running)
        kernel.outputs(running, 5)
        return took

    def interrupt(self):
        kernel = self.ready()
        msg_id = kernel.execute(self.spec["spin"])
        time.sleep(0.3)
        started = time.perf_counter()
        if self.spec.get("interrupt") == "signal":
            kernel.manager.provisioner.process.send_signal(2)
        else:
            kernel.send(kernel.client.control_channel, "interrupt_request", {})
        try:
            kernel.reply(msg_id, 5)
        except Exception:
            self.close()
            raise RuntimeError("not interrupted within 5 s")
        took = (time.perf_counter() - started) * 1000
        kernel.outputs(msg_id, 2)
        return took

    def _lines(self, count):
        kernel = self.ready()
        started = time.perf_counter()
        msg_id = kernel.execute(self.spec["lines"].replace("COUNT", str(count)))
        messages, idle = kernel.outputs(msg_id, 15)
        took = (time.perf_counter() - started) * 1000
        text = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")
        if idle:
            kernel.reply(msg_id)
        else:
            self.close()
        return took, text, idle

    def lines(self):
        took, text, idle = self._lines(100_000)
        if not idle:
            raise RuntimeError(f"{text.count(chr(10))} of 100,000 lines came, and no idle")
        return took

    def lines_in_order(self):
        _, text, _ = self._lines(100_000)
        lines = text.splitlines()
        position = 0
        for line in lines:
            if line == f"line {position}":
                position += 1
        return position


peers = {}
for line in sys.stdin:
    request = json.loads(line)
    try:
        if request["do"] == "add":
            peers[request["name"]] = Peer(request["spec"])
            answer = 0
        elif request["do"] == "end":
            for peer in peers.values():
                peer.close()
            answer = 0
        else:
            answer = getattr(peers[request["name"]], request["do"])(*request.get("args", []))
        print(json.dumps({"value": answer}), flush=True)
    except Exception as error:
        print(json.dumps({"error": str(error) or type(error).__name__}), flush=True)
