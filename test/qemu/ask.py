#!/usr/bin/env python3
"""Asks a QEMU and its guest what they have, without qmpd: what it says is
compared with this.

  ask.py qmp SOCKET COMMAND [ARGUMENTS]     a monitor; prints what it returns
  ask.py agent SOCKET COMMAND [ARGUMENTS]   a guest agent; the same
  ask.py guest SOCKET SCRIPT                runs a shell script in the guest
  ask.py json FILE EXPRESSION...            each is true of the document d
  ask.py value FILE EXPRESSION              prints it
  ask.py listen SOCKET none|TEXT            a server that is not QMP
  ask.py tap NETNS NAME COMMAND...          runs it with the tap open as 3
  ask.py getfd SOCKET NAME                  gives descriptor 3 to a monitor
  ask.py hold SOCKET                        a client that does not let go
  ask.py hear SOCKET TEXT                   reads until that was said
  ask.py start FILE FOLDER NAME...          becomes the QEMU of a dry run,
                                            stopped, with these sockets
"""
import base64
import ctypes
import fcntl
import json
import os
import random
import re
import socket
import struct
import sys
import time

DEADLINE = 20

# linux/sched.h, linux/if_tun.h
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000


class Link:
    """A line of JSON out, a line of JSON in."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        # A monitor that was just let go needs a moment to listen again.
        for attempt in range(50):
            try:
                self.socket.connect(path)
                break
            except (ConnectionRefusedError, BlockingIOError):
                time.sleep(0.1)
        self.rest = b''

    def send(self, message, prefix=b''):
        self.socket.sendall(prefix + json.dumps(message).encode() + b'\n')

    def receive(self):
        while b'\n' not in self.rest:
            more = self.socket.recv(65536)
            if not more:
                sys.exit('ask: the connection was closed')
            self.rest += more
        line, self.rest = self.rest.split(b'\n', 1)
        return line.replace(b'\xff', b'')

    def answer(self, errors=True):
        while True:
            try:
                message = json.loads(self.receive())
            except ValueError:
                continue
            if 'return' in message:
                return message['return']
            if errors and 'error' in message:
                sys.exit('ask: ' + message['error']['desc'])

    def call(self, command, arguments=None):
        message = {'execute': command}
        if arguments:
            message['arguments'] = arguments
        self.send(message)
        return self.answer()


def monitor(path):
    link = Link(path)
    link.receive()
    link.call('qmp_capabilities')
    return link


def agent(path):
    link = Link(path)
    number = random.randrange(1, 2**31)
    link.send({'execute': 'guest-sync-delimited', 'arguments': {'id': number}},
              b'\xff')
    # The agent complains of the 0xff that makes it forget half a command.
    while link.answer(errors=False) != number:
        pass
    return link


def guest(path, script):
    link = agent(path)
    pid = link.call('guest-exec', {
        'path': '/bin/sh', 'arg': ['-c', script], 'capture-output': True})
    end = time.time() + DEADLINE
    while time.time() < end:
        status = link.call('guest-exec-status', {'pid': pid['pid']})
        if status['exited']:
            for key, out in (('out-data', sys.stdout), ('err-data', sys.stderr)):
                out.write(base64.b64decode(status.get(key, '')).decode())
            return status.get('exitcode', 1)
        time.sleep(0.02)
    sys.exit('ask: the script in the guest does not end')


def load(path):
    with open(path) as file:
        text = file.read()
    try:
        return json.loads(text)
    except ValueError as error:
        sys.exit(f'ask: {path} is not JSON ({error}): {text!r}')


def check(path, expressions):
    d = load(path)
    for expression in expressions:
        try:
            good = eval(expression, {'d': d, 'Mi': 1 << 20, 're': re})
        except Exception as error:
            good = False
            print(f'{type(error).__name__}: {error}')
        if not good:
            print('not true:', expression)
            print(json.dumps(d, indent=1)[:6000])
            return 1
    return 0


def listen(path, text):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(5)
    clients = []
    while True:
        client, _ = server.accept()
        if text != 'none':
            client.sendall(text.encode() + b'\n')
        clients.append(client)


def hold(path):
    link = monitor(path)
    print('held', flush=True)
    link.socket.settimeout(None)
    while link.socket.recv(65536):
        pass


def tap(netns, name, command):
    """Opens it from outside its namespace, as who passes descriptors does."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open('/proc/self/ns/net', os.O_RDONLY)
    there = os.open('/run/netns/' + netns, os.O_RDONLY)
    if libc.setns(there, CLONE_NEWNET) < 0:
        sys.exit('ask: setns: ' + os.strerror(ctypes.get_errno()))
    fd = os.open('/dev/net/tun', os.O_RDWR)
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(), flags))
    if libc.setns(here, CLONE_NEWNET) < 0:
        sys.exit('ask: setns: ' + os.strerror(ctypes.get_errno()))
    os.dup2(os.dup(fd), 3)
    os.execvp(command[0], command)


def getfd(path, name):
    link = monitor(path)
    message = {'execute': 'getfd', 'arguments': {'fdname': name}}
    socket.send_fds(link.socket, [json.dumps(message).encode()], [3])
    link.answer()


def hear(path, text):
    server = socket.socket(socket.AF_UNIX)
    server.settimeout(DEADLINE)
    server.connect(path)
    print('listening', flush=True)
    heard = b''
    while text.encode() not in heard:
        more = server.recv(4096)
        if not more:
            sys.exit(f'ask: only this was said: {heard!r}')
        heard += more
    print('heard', text)


def start(path, folder, names):
    # The descriptors of a dry run are counted from 3.
    os.closerange(3, 256)
    for number, name in enumerate(names, 3):
        server = socket.socket(socket.AF_UNIX)
        server.bind(os.path.join(folder, name))
        server.listen(1)
        if server.fileno() != number:
            sys.exit(f'ask: descriptor {server.fileno()}, not {number}')
        os.set_inheritable(server.detach(), True)
    argv = load(path)['argv']
    os.execv(argv[0], argv + ['-S'])


def main(way, path, *rest):
    if way in ('qmp', 'agent'):
        link = monitor(path) if way == 'qmp' else agent(path)
        arguments = json.loads(rest[1]) if len(rest) > 1 else None
        print(json.dumps(link.call(rest[0], arguments)))
    elif way == 'guest':
        return guest(path, rest[0])
    elif way == 'json':
        return check(path, rest)
    elif way == 'value':
        print(eval(rest[0], {'d': load(path), 'Mi': 1 << 20}))
    elif way == 'listen':
        listen(path, rest[0])
    elif way == 'hold':
        hold(path)
    elif way == 'tap':
        tap(path, rest[0], rest[1:])
    elif way == 'getfd':
        getfd(path, rest[0])
    elif way == 'hear':
        hear(path, rest[0])
    elif way == 'start':
        start(path, rest[0], rest[1:])
    else:
        sys.exit(__doc__)
    return 0


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
