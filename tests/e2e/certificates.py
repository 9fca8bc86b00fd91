"""A certificate authority for one test, made by openssl, and certificates of it."""

import os
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    def __init__(self, directory):
        self.directory = directory
        self.certificate = self.path("ca.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                "-subj", "/CN=Test CA", "-days", "91", "-keyout", self.path("ca.key"), "-out", self.certificate,
                "-addext", "basicConstraints=critical,CA:true", "-addext", "keyUsage=critical,keyCertSign")

    def path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, name, kind="ec", names="DNS:localhost,IP:127.0.0.1", begin=None, end=None):
        """Paths of a certificate and its key; begin and end as YYYYMMDDHHMMSSZ."""
        certificate, key, request = self.path(name + ".pem"), self.path(name + ".key"), self.path(name + ".csr")
        how = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"], "weak": ["rsa:1024"]}[kind]
        openssl("req", "-new", "-newkey", *how, "-noenc", "-subj", "/CN=" + name, "-keyout", key, "-out", request,
                "-addext", "subjectAltName=" + names)
        # The small CA of openssl is what can set both dates.
        database = self.path(name + ".db")
        open(database, "w", encoding="utf-8").close()
        open(database + ".attr", "w", encoding="utf-8").close()
        settings = self.path(name + ".cnf")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("[ca]\ndefault_ca = a\n[a]\npolicy = p\ncopy_extensions = copy\ndefault_md = sha256\n"
                       f"database = {database}\nrand_serial = yes\nnew_certs_dir = {self.directory}\n"
                       "[p]\ncommonName = supplied\n")
        dates = ["-startdate", begin, "-enddate", end] if begin else ["-days", "90"]
        openssl("ca", "-batch", "-config", settings, "-cert", self.certificate, "-keyfile", self.path("ca.key"),
                "-in", request, "-out", certificate, "-notext", *dates)
        return certificate, key
