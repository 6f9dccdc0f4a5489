"""dnsmasq: a name server on a loopback port of its own, with what its hosts file says at the moment."""

import os
import signal

from servers.real import Process
from servers.scripted import unused_port


class NameServer(Process):
    def __init__(self, directory, **addresses):
        """@addresses: label=(address, ...), below example.test."""
        port = unused_port()
        self.hosts = os.path.join(directory, "hosts-%d" % port)
        self.write(addresses)
        # --user= keeps who we are; root's files below a private folder could not be read again by nobody.
        super().__init__(port, ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                                "--addn-hosts=" + self.hosts, "--local=/test/", "--port=%d" % port, "--user=root",
                                "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file="])

    def write(self, addresses):
        with open(self.hosts, "w") as f:
            for label, each in addresses.items():
                f.writelines("%s %s.example.test\n" % (address, label) for address in each)

    def change(self, **addresses):
        self.write(addresses)
        self.process.send_signal(signal.SIGHUP)

    @property
    def server(self):
        return "127.0.0.1:%d" % self.port
