"""certificates - a private authority, its servers' certificates, and keys as Apple and Google give
them out"""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


def pem_of(key):
    """A private key as PKCS#8 in PEM, as in a .p8 file."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def new_ec_key(curve=ec.SECP256R1):
    """As Apple's signing keys are."""
    return ec.generate_private_key(curve())


def new_rsa_key(bits=2048):
    """As Google's service accounts have."""
    return rsa.generate_private_key(65537, bits)


def name_of(text):
    """A certificate's subject."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Signs certificates for servers at 127.0.0.1 and localhost."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "ca.pem"
        self._key = new_ec_key()
        self._certificate = self._sign(name_of("trial authority"), self._key.public_key(), True)
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, subject, public_key, is_authority):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject)
                   .issuer_name(name_of("trial authority")).public_key(public_key)
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=2))
                   .not_valid_after(now + datetime.timedelta(days=30))
                   .add_extension(x509.BasicConstraints(is_authority, None), True))
        if not is_authority:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                     x509.IPAddress(ipaddress.ip_address("::1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        return builder.sign(self._key, hashes.SHA256())

    def make_server(self, name):
        """(certificate file, key file) of a server."""
        key = new_ec_key()
        certificate = self._sign(name_of(name), key.public_key(), False)
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_text(pem_of(key))
        return paths
