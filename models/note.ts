import { type InferSchemaType, Schema } from 'mongoose'

/** What an admin wrote about somebody who asked for something. */
export const noteSchema = new Schema(
  {
    text: { type: String, required: true },
    /** The admin's user id. */
    authorId: { type: Schema.Types.ObjectId, required: true },
    createdAt: { type: Date, required: true },
  },
  { _id: false },
)

export type Note = InferSchemaType<typeof noteSchema>
