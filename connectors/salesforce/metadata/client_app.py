"""The External Client App through which Drawbar logs in by JWT, as files that an administrator deploys.

It stays out of the package: it is needed before anything can be deployed with it, and its certificate is each
installation's own. Connected Apps can no longer be made since Spring '26. Sources: Metadata API Developer Guide,
"ExternalClientApplication", "ExtlClntAppOauthSettings", "ExtlClntAppGlobalOauthSettings",
"ExtlClntAppOauthConfigurablePolicies" (read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from drawbar.connectors.salesforce.metadata.markup import Node, document
from drawbar.connectors.salesforce.metadata.package import SOURCE, project_file
from drawbar.middleware.errors import ConfigError

APP: Final = "Drawbar"
CALLBACK: Final = "https://login.salesforce.com/services/oauth2/success"
"""An app must name an address to call back; a log-in by JWT never does."""

SMALLEST_KEY: Final = 2048


@dataclass(frozen=True, slots=True)
class ClientApp:
    """Whom Salesforce asks about the app, and the certificate whose key signs the log-ins (PEM)."""

    contact: str
    certificate: str


def client_app_files(app: ClientApp) -> dict[str, bytes]:
    """Give the files of an SFDX project with the app, by path.

    Only users with the permission set Drawbar_Integration may use the app. Raises ConfigError for a certificate that
    Salesforce would not take.
    """
    nodes = {
        f"externalClientApps/{APP}.eca": _app(app),
        f"extlClntAppGlobalOauthSets/{APP}_Global.ecaGlblOauth": _global_settings(_checked(app.certificate)),
        f"extlClntAppOauthSettings/{APP}_OAuth.ecaOauth": _settings(),
        f"extlClntAppOauthPolicies/{APP}_Policies.ecaOauthPlcy": _policies(),
    }
    files = {f"{SOURCE}/{path}-meta.xml": document(node) for path, node in nodes.items()}
    return {"sfdx-project.json": project_file(), **files}


def _checked(pem: str) -> str:
    remedy = "Give a PEM file with the X.509 certificate of an RSA key of 2048 bits or more."
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise ConfigError("the file holds no certificate", remedy=remedy) from None
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise ConfigError("the certificate is of no RSA key of 2048 bits or more", remedy=remedy)
    return certificate.public_bytes(Encoding.PEM).decode().strip()


def _app(app: ClientApp) -> Node:
    return Node(
        "ExternalClientApplication",
        [
            ("contactEmail", app.contact),
            ("description", "Drawbar, the hub between Salesforce and the lender's other systems."),
            ("distributionState", "Local"),
            ("isProtected", False),
            ("label", APP),
        ],
    )


def _global_settings(certificate: str) -> Node:
    return Node(
        "ExtlClntAppGlobalOauthSettings",
        [
            ("callbackUrl", CALLBACK),
            ("certificate", certificate),
            ("externalClientApplication", APP),
            ("isConsumerSecretOptional", False),
            ("isIntrospectAllTokens", False),
            ("isPkceRequired", True),
            ("isSecretRequiredForRefreshToken", True),
            ("label", f"{APP} OAuth, global"),
            ("shouldRotateConsumerKey", False),
            ("shouldRotateConsumerSecret", False),
        ],
    )


def _settings() -> Node:
    return Node(
        "ExtlClntAppOauthSettings",
        [
            ("commaSeparatedOauthScopes", "Api, RefreshToken"),
            ("externalClientApplication", APP),
            ("label", f"{APP} OAuth"),
        ],
    )


def _policies() -> Node:
    return Node(
        "ExtlClntAppOauthConfigurablePolicies",
        [
            ("commaSeparatedPermissionSet", "Drawbar_Integration"),
            ("externalClientApplication", APP),
            ("ipRelaxationPolicyType", "Enforce"),
            ("isClientCredentialsFlowEnabled", False),
            ("label", f"{APP} policies"),
            ("permittedUsersPolicyType", "AdminApprovedPreAuthorized"),
            ("refreshTokenPolicyType", "Zero"),
        ],
    )
