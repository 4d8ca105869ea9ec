"""The system map: every service process, where its code is and which database and role it has.

What a process reads and writes is not repeated here: the topics' readers and writers are in
`tsunagu.contracts.topics`.
"""

import importlib.util
import sys
from dataclasses import dataclass, field

SHOPPERS_NICENESS = 5
"""Where all want the processors, shoppers get a third of what another process gets (335 parts where it has 1,024): a
flood is felt little, and on a full machine they still have their answers."""

PUBLIC = "-public"
SEALS_FOR = "customer"  # whose public key it is with which personal data is sealed
AUDIT_ROLE = "tsunagu_audit"  # reads every database, writes nothing
DIGITS_KEY = "pickup-digits"  # no role, but a secret of two services that is made and kept as passwords are
PAYMENT_KEY = "payment-page"  # likewise, of the stand-in for a payment page and of whoever leads there


@dataclass(frozen=True)
class SecretsFile:
    """A file of secrets that a process needs and that is made once, with the system's own state.

    `variable` tells the process where it is; `maker` is the module that writes it: `python -m MAKER FILE`. What others
    may have of it is written beside it, as `….public.json`.
    """

    variable: str
    maker: str


@dataclass(frozen=True)
class PaymentVariables:
    """The variables by which a process is told of the page on which goods are paid, and of the secret they share."""

    page: str
    key: str


@dataclass(frozen=True)
class ServiceProcess:
    """One process of a service. `name` is its Kafka identity: groups are called `<name>.<topic>`."""

    name: str
    module: str
    database: str
    role: str
    # Processes that share a database have a schema each, named like their role.
    schema: str = "public"
    command: tuple[str, ...] = field(default=())
    secrets: "SecretsFile | None" = None
    # The variable by which it is told the key of the hashes of pickup codes' digits, where it may have that.
    digits_key_variable: str | None = None
    # The variable by which it is told where the key is with which personal data is sealed, where it has such data.
    sealing_key_variable: str | None = None
    payment: PaymentVariables | None = None
    # Whether it has a port for the world beside the one for operators.
    public: bool = False
    # The variable by which it is told where people open it, where they do so with a browser.
    public_url_variable: str | None = None
    # Whether the module runs by itself, without the machinery of a service.
    runs_itself: bool = False
    # Whether it is told the auditor's address of every database.
    reads_all: bool = False
    # How far it stands back, once it serves, where others want the processors: 0 to 19, as for nice(1).
    niceness: int = 0

    @property
    def public_port_name(self) -> str:
        """Under which name the port for the world is remembered."""
        return f"{self.name}{PUBLIC}"

    @property
    def argv(self) -> tuple[str, ...]:
        """How the process is started; by default the chassis runs the module."""
        runner = () if self.runs_itself else ("tsunagu.chassis",)
        return self.command or (sys.executable, "-m", *runner, self.module)

    @property
    def variable_suffix(self) -> str:
        """The name as the end of an environment variable: EDGE_PARTNER."""
        return self.name.upper().replace("-", "_")

    def is_installed(self) -> bool:
        """Whether the module can be found."""
        if self.command:
            return True
        try:
            return importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


def _with_own_database(
    name: str,
    secrets: SecretsFile | None = None,
    digits_key_variable: str | None = None,
    *,
    public: bool = False,
) -> ServiceProcess:
    return ServiceProcess(
        name,
        f"{name}.app",
        f"tsunagu_{name}",
        f"tsunagu_{name}",
        secrets=secrets,
        digits_key_variable=digits_key_variable,
        public=public,
    )


def _edge(
    part: str, digits_key_variable: str | None = None, public_url_variable: str | None = None
) -> ServiceProcess:
    role = f"tsunagu_edge_{part}"
    return ServiceProcess(
        f"edge-{part}",
        f"edge.{part}.app",
        "tsunagu_edge",
        role,
        schema=role,
        public=True,
        digits_key_variable=digits_key_variable,
        public_url_variable=public_url_variable,
    )


SERVICES: tuple[ServiceProcess, ...] = (
    _with_own_database("inventory"),
    _with_own_database("order"),
    _with_own_database("pickup", digits_key_variable="TSUNAGU_PICKUP_DIGITS_KEY"),
    # Its desk is the one place that tells stores who may collect.
    _with_own_database(
        "customer", SecretsFile("TSUNAGU_CUSTOMER_KEYS_FILE", "customer.keyring"), public=True
    ),
    _with_own_database("insight"),
    _edge("partner"),
    _edge(
        "staff",
        digits_key_variable="TSUNAGU_EDGE_STAFF_DIGITS_KEY",
        public_url_variable="TSUNAGU_EDGE_STAFF_PUBLIC_URL",
    ),
    _edge("board", public_url_variable="TSUNAGU_EDGE_BOARD_PUBLIC_URL"),
    _edge("channels"),
    # Shoppers reach nothing but this process and its own database.
    ServiceProcess(
        "edge-shopper",
        "edge.shopper.app",
        "tsunagu_edge_shopper",
        "tsunagu_edge_shopper",
        public=True,
        public_url_variable="TSUNAGU_EDGE_SHOPPER_PUBLIC_URL",
        sealing_key_variable="TSUNAGU_EDGE_SHOPPER_SEALING_KEY_FILE",
        niceness=SHOPPERS_NICENESS,
        payment=PaymentVariables("TSUNAGU_EDGE_SHOPPER_PAYMENT_PAGE", "TSUNAGU_EDGE_SHOPPER_PAYMENT_KEY"),
    ),
    # Reads what all others keep, with the auditor's role. What it writes is in its own database only, where
    # it has a role that can reach nothing else.
    ServiceProcess(
        "audit", "audit.reconcile", "tsunagu_audit", "tsunagu_reconcile", runs_itself=True, reads_all=True
    ),
)


def installed_services() -> tuple[ServiceProcess, ...]:
    """The services whose code is there."""
    return tuple(service for service in SERVICES if service.is_installed())
