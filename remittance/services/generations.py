"""Which payments a bank's file is still about: those that it carries and no later file of the remittance does.

After a reject of a whole file, or by two operators' decision, a new generation carries the same payments under another
MsgId (money.md 2.7). What then comes about the old file is about the old file: it moves none of the new one's payments.
"""

# Of the outgoing file %(outgoing)s, as an int4multirange of places; a later file that was withdrawn never left.
STILL_CARRIED = """(
    SELECT coalesce(carried.positions, '{(,)}') - carried.given_up - coalesce((
               SELECT range_agg(coalesce(later.positions, '{(,)}'))
                 FROM remittance_bankmessage later
                 JOIN bank_gateway_outgoingfile later_file ON later_file.id = later.outgoing_file_id
                WHERE later.remittance_id = carried.remittance_id AND later.generation > carried.generation
                  AND later_file.state <> 'withdrawn'), '{}')
      FROM remittance_bankmessage carried WHERE carried.outgoing_file_id = %(outgoing)s)"""
# Of the outgoing file %(outgoing)s, every payment that it carries.
CARRIED = """(
    SELECT coalesce(positions, '{(,)}') FROM remittance_bankmessage WHERE outgoing_file_id = %(outgoing)s)"""
