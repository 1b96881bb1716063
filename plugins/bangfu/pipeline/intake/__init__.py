"""Intake (接收入库): from the drop area to standardised tables, delivery by delivery, and back out by approval or retraction."""
